package record

// Files returns every file that a record refers to, in the order in which they
// are worth fetching: the renditions of each photo from the smallest, then the
// sources.
func Files(r Record) []File {
	photos := photosOf(r)
	var files []File
	for _, p := range photos {
		files = append(files, p.Renditions...)
	}
	return append(files, Sources(r)...)
}

// Sources returns the sources among [Files].
func Sources(r Record) []File {
	var files []File
	for _, p := range photosOf(r) {
		if p.Source != nil {
			files = append(files, *p.Source)
		}
	}
	return files
}

// Smallest returns of each photo the rendition that is smallest: enough for a first
// look at it.
func Smallest(r Record) []File {
	var files []File
	for _, p := range photosOf(r) {
		if len(p.Renditions) > 0 {
			files = append(files, p.Renditions[0])
		}
	}
	return files
}

func photosOf(r Record) []Photo {
	var photos []Photo
	switch r := r.(type) {
	case *Post:
		photos = r.Photos
	case *Profile:
		for _, p := range []*Photo{r.Avatar, r.Header} {
			if p != nil {
				photos = append(photos, *p)
			}
		}
	}
	return photos
}
