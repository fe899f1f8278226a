//go:build !unix

package keys

import "io/fs"

// looseRights cannot be told from the mode bits where there are none.
func looseRights(fs.FileInfo) bool { return false }
