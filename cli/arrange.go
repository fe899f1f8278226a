package cli

import (
	"slices"
	"strings"

	urfave "github.com/urfave/cli/v2"
)

// completionFlag is what the completion scripts add at the end of a line.
const completionFlag = "--generate-bash-completion"

// arrange puts the words of a command line in the order that the parser wants:
// global flags, command, its flags, and then what is no flag. So flags may stand
// anywhere, as people expect of `follow WHO --wait` and `status --json`. Behind
// "--" nothing is a flag.
func arrange(app *urfave.App, args []string) []string {
	if slices.Contains(args, completionFlag) {
		return args
	}
	var a arranger
	a.globals = app.Flags
	a.commands = app.Commands
	for i := 0; i < len(args); i++ {
		switch word := args[i]; {
		case word == "--":
			a.rest = append(a.rest, args[i+1:]...)
			i = len(args)
		case len(word) > 1 && word[0] == '-':
			i += a.flag(args[i:])
		default:
			a.word(word)
		}
	}
	return a.line()
}

type arranger struct {
	globals  []urfave.Flag
	commands []*urfave.Command // what the next word may name
	command  *urfave.Command   // the innermost so far

	before, path, flags, rest []string
}

// word takes a command's name or an argument.
func (a *arranger) word(w string) {
	if len(a.rest) == 0 {
		for _, c := range a.commands {
			if c.HasName(w) {
				a.path = append(append(a.path, a.flags...), w)
				a.flags = nil
				a.command, a.commands = c, c.Subcommands
				return
			}
		}
	}
	a.rest = append(a.rest, w)
}

// flag takes a flag and returns how many words beside its own are its value.
func (a *arranger) flag(words []string) int {
	name, _, hasValue := strings.Cut(strings.TrimLeft(words[0], "-"), "=")
	to, flag := &a.flags, find(a.own(), name)
	if flag == nil {
		if flag = find(a.globals, name); flag != nil {
			to = &a.before
		}
	}
	n := 1
	if takesValue(flag) && !hasValue && len(words) > 1 {
		n = 2
	}
	*to = append(*to, words[:n]...)
	return n - 1
}

func (a *arranger) own() []urfave.Flag {
	if a.command == nil {
		return nil
	}
	return a.command.Flags
}

func (a *arranger) line() []string {
	line := slices.Concat(a.before, a.path, a.flags)
	if len(a.rest) > 0 && a.command != nil && len(a.command.Subcommands) == 0 {
		line = append(line, "--")
	}
	return append(line, a.rest...)
}

func find(flags []urfave.Flag, name string) urfave.Flag {
	for _, f := range flags {
		if slices.Contains(f.Names(), name) {
			return f
		}
	}
	return nil
}

func takesValue(f urfave.Flag) bool {
	d, ok := f.(urfave.DocGenerationFlag)
	return ok && d.TakesValue()
}
