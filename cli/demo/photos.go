package demo

import "embed"

// Photo is a picture and what its poster says about it.
type Photo struct {
	File    string // its name
	Caption string
	Alt     string
}

// Photos returns the demo's photographs.
func Photos() []Photo {
	return []Photo{
		{"mountains.jpg", "Up before the clouds were #mountains", "A path up a meadow to grey cliffs with snow, under a blue sky"},
		{"spaniels.jpg", "They heard the word walk #dogs", "Two spaniels look over the edge of a wooden terrace"},
		{"fig.jpg", "Breakfast #food", "Half a fig in a red bowl on a concrete table"},
		{"sunset.jpg", "Last light #mountains", "The sun sets behind hills; an orientation table in the foreground"},
		{"wine.avif", "Who brings the flute? #music", "A drum on a cushion; behind it wine and a coffee mill on a table"},
	}
}

//go:embed photos/*.jpg photos/*.avif
var files embed.FS

// Read returns the bytes of a photo's file.
func (p Photo) Read() ([]byte, error) { return files.ReadFile("photos/" + p.File) }
