package record

import (
	"fmt"
	"reflect"
	"strings"

	"rossgram.app/content"
	"rossgram.app/content/dagcbor"
)

// Extra holds the fields of a map that this version does not know, as they were
// encoded. A struct that embeds it keeps them from decoding to encoding.
type Extra struct {
	fields map[string]dagcbor.RawValue
}

// decodeRecord is [decodeFields] for a whole record, which has a $type besides.
func decodeRecord[T any](b []byte, shape *T, e *Extra) error {
	if err := decodeFields(b, shape, e); err != nil {
		return err
	}
	if delete(e.fields, "$type"); len(e.fields) == 0 {
		e.fields = nil
	}
	return nil
}

// decodeFields fills a struct and keeps what it has no field for. shape is the
// struct without its UnmarshalCBOR method, so that it does not recurse.
func decodeFields[T any](b []byte, shape *T, e *Extra) error {
	var all map[string]dagcbor.RawValue
	if err := dagcbor.Unmarshal(b, &all); err != nil {
		return err
	}
	names := fieldNames(reflect.TypeFor[T]())
	for _, name := range names {
		if limit := longest(name); entries(all[name]) > limit {
			return content.E("record.decodeFields", content.TooLarge, fmt.Errorf("%s has more than %d entries", name, limit))
		}
	}
	if err := dagcbor.Unmarshal(b, shape); err != nil {
		return err
	}
	for _, name := range names {
		delete(all, name)
	}
	e.fields = nil
	if len(all) > 0 {
		e.fields = all
	}
	return nil
}

// encodeWith encodes a struct (without its MarshalCBOR method) together with the
// fields kept for it, and a $type if it is a whole record.
func encodeWith(shape any, e *Extra, t content.Collection) ([]byte, error) {
	b, err := dagcbor.Marshal(shape)
	if err != nil || (len(e.fields) == 0 && t == "") {
		return b, err
	}
	var all map[string]dagcbor.RawValue
	if err := dagcbor.Unmarshal(b, &all); err != nil {
		return nil, err
	}
	for name, v := range e.fields {
		if _, known := all[name]; !known {
			all[name] = v
		}
	}
	if t != "" {
		if all["$type"], err = dagcbor.Marshal(string(t)); err != nil {
			return nil, err
		}
	}
	return dagcbor.Marshal(all)
}

// encodeFields encodes a whole record.
func encodeFields(r Record, t content.Collection) ([]byte, error) {
	switch r := r.(type) {
	case *Profile:
		return encodeWith((*profileShape)(r), &r.Extra, t)
	case *Post:
		return encodeWith((*postShape)(r), &r.Extra, t)
	case *Follow:
		return encodeWith((*followShape)(r), &r.Extra, t)
	case *Block:
		return encodeWith((*blockShape)(r), &r.Extra, t)
	case *Like:
		return encodeWith((*likeShape)(r), &r.Extra, t)
	case *Reblog:
		return encodeWith((*reblogShape)(r), &r.Extra, t)
	case *Comment:
		return encodeWith((*commentShape)(r), &r.Extra, t)
	case *Responses:
		return encodeWith((*responsesShape)(r), &r.Extra, t)
	case *Mirror:
		return encodeWith((*mirrorShape)(r), &r.Extra, t)
	}
	panic("record: no encoding for " + string(t)) // validate is unexported: all types are here
}

func fieldNames(t reflect.Type) []string {
	var names []string
	for f := range t.Fields() {
		if name, _, _ := strings.Cut(f.Tag.Get("cbor"), ","); name != "" && name != "-" {
			names = append(names, name)
		}
	}
	return names
}
