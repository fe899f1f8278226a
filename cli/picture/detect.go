package picture

import "strings"

// Detect chooses a protocol from the environment, which getenv reads:
//
//   - TERM=dumb, TERM unset: none
//   - TMUX, or TERM of screen or tmux: half blocks, for a multiplexer swallows
//     the rest
//   - KITTY_WINDOW_ID, TERM=xterm-kitty, TERM=xterm-ghostty: kitty
//   - TERM_PROGRAM=iTerm.app or WezTerm or mintty, LC_TERMINAL=iTerm2: iTerm2
//   - TERM of foot, mlterm, contour, yaft, or with "sixel": sixel
//   - COLORTERM=truecolor or 24bit: half blocks in 24-bit colour
//   - TERM with "256color": half blocks in 256 colours
//
// NO_COLOR (no-color.org) takes the half blocks away, since they are made of
// colour.
func Detect(getenv func(string) string) Protocol {
	term := getenv("TERM")
	if term == "" || term == "dumb" {
		return None
	}
	if !multiplexed(term, getenv) {
		if p := graphics(term, getenv); p != None {
			return p
		}
	}
	if getenv("NO_COLOR") != "" {
		return None
	}
	if c := getenv("COLORTERM"); c == "truecolor" || c == "24bit" {
		return Blocks
	}
	if strings.Contains(term, "256color") {
		return Blocks256
	}
	return None
}

func multiplexed(term string, getenv func(string) string) bool {
	return getenv("TMUX") != "" || strings.HasPrefix(term, "screen") || strings.HasPrefix(term, "tmux")
}

func graphics(term string, getenv func(string) string) Protocol {
	switch {
	case getenv("KITTY_WINDOW_ID") != "", term == "xterm-kitty", term == "xterm-ghostty":
		return Kitty
	case getenv("LC_TERMINAL") == "iTerm2":
		return ITerm
	}
	switch getenv("TERM_PROGRAM") {
	case "iTerm.app", "WezTerm", "mintty":
		return ITerm
	}
	for _, name := range []string{"foot", "mlterm", "contour", "yaft"} {
		if strings.HasPrefix(term, name) {
			return Sixel
		}
	}
	if strings.Contains(term, "sixel") {
		return Sixel
	}
	return None
}
