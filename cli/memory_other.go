//go:build !linux

package cli

// unmapProgram does nothing: how other systems count the pages of a program is
// theirs to say.
func unmapProgram() {}
