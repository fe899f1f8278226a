//go:build unix

package keys

import "io/fs"

func looseRights(info fs.FileInfo) bool { return info.Mode().Perm()&0o077 != 0 }
