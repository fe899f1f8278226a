package cli

// words checks a command's arguments and flags before anything is done.
type words func(*session) error

// noArgs refuses arguments.
func noArgs(s *session) error {
	if s.c.NArg() > 0 {
		return usagef("%s takes no arguments, such as %q", s.c.Command.Name, s.arg())
	}
	return nil
}

// atMostOneArg lets an argument be left out.
func atMostOneArg(s *session) error {
	if s.c.NArg() > 1 {
		return usagef("%s takes one argument at most: %s", s.c.Command.Name, s.synopsis())
	}
	return nil
}

// oneArg asks for exactly one argument.
func oneArg(what string) words {
	return func(s *session) error {
		if s.c.NArg() != 1 || s.arg() == "" {
			return usagef("name one %s: %s", what, s.synopsis())
		}
		return nil
	}
}

// twoArgs asks for exactly two.
func twoArgs(s *session) error {
	if s.c.NArg() != 2 {
		return usagef("write %s", s.synopsis())
	}
	return nil
}

// someArgs asks for at least one.
func someArgs(what string) words {
	return func(s *session) error {
		if s.c.NArg() == 0 {
			return usagef("name the %s: %s", what, s.synopsis())
		}
		return nil
	}
}

// with asks for a flag too.
func (w words) with(flag string) words {
	return func(s *session) error {
		if err := w(s); err != nil {
			return err
		}
		if s.c.String(flag) == "" {
			return usagef("%s needs %s: see %s --help", s.c.Command.Name, dashed(flag), s.c.Command.HelpName)
		}
		return nil
	}
}

// synopsis is how the command is written.
func (s *session) synopsis() string { return s.c.Command.HelpName + " " + s.c.Command.ArgsUsage }

func dashed(flag string) string {
	if len(flag) == 1 {
		return "-" + flag
	}
	return "--" + flag
}
