// Package dagcbor reads and writes DAG-CBOR, the deterministic subset of CBOR
// that content-addressed data uses (IPLD specification, "DAG-CBOR Codec").
//
// It guarantees that what it writes is canonical and that it reads nothing
// else: every value has exactly one encoding, so bytes, value and CID stand for
// each other. On top of the specification it refuses floating-point numbers,
// which nothing in rossgram uses, and nesting deeper than [MaxDepth].
//
// It knows nothing of records or trees; size limits are its callers'.
package dagcbor

import (
	"fmt"

	"github.com/fxamacker/cbor/v2"
)

// MaxDepth is how deep arrays, maps and links may nest.
const MaxDepth = 32

// RawValue is one encoded value, kept as it is.
type RawValue = cbor.RawMessage

var (
	encoder = must(cbor.EncOptions{
		Sort:            cbor.SortLengthFirst,
		ShortestFloat:   cbor.ShortestFloatNone,
		NaNConvert:      cbor.NaNConvertReject,
		InfConvert:      cbor.InfConvertReject,
		IndefLength:     cbor.IndefLengthForbidden,
		NilContainers:   cbor.NilContainerAsEmpty,
		TextMarshaler:   cbor.TextMarshalerTextString,
		BinaryMarshaler: cbor.BinaryMarshalerNone,
	}.EncMode())
	lenient = must(decOptions(cbor.ExtraDecErrorNone).DecMode())
	strict  = must(decOptions(cbor.ExtraDecErrorUnknownField).DecMode())
)

func decOptions(extra cbor.ExtraDecErrorCond) cbor.DecOptions {
	return cbor.DecOptions{
		DupMapKey:         cbor.DupMapKeyEnforcedAPF,
		IndefLength:       cbor.IndefLengthForbidden,
		MaxNestedLevels:   MaxDepth,
		MaxArrayElements:  1 << 16,
		MaxMapPairs:       1 << 16,
		ExtraReturnErrors: extra,
		UTF8:              cbor.UTF8RejectInvalid,
		FieldNameMatching: cbor.FieldNameMatchingCaseSensitive,
		TextUnmarshaler:   cbor.TextUnmarshalerTextString,
		BinaryUnmarshaler: cbor.BinaryUnmarshalerNone,
	}
}

func must[T any](mode T, err error) T {
	if err != nil {
		panic("dagcbor: " + err.Error()) // the options above are constants
	}
	return mode
}

// Marshal encodes v, which follows the cbor struct tags of fxamacker/cbor.
// Links are [Link]s; floats are an error.
func Marshal(v any) ([]byte, error) {
	b, err := encoder.Marshal(v)
	if err != nil {
		return nil, fmt.Errorf("dagcbor: %w", err)
	}
	if err := Check(b); err != nil {
		return nil, err
	}
	return b, nil
}

// Unmarshal decodes canonical DAG-CBOR into v, passing over map keys that v has
// no field for. Anything that is not canonical is an error.
func Unmarshal(b []byte, v any) error { return unmarshal(lenient, b, v) }

// UnmarshalStrict is [Unmarshal], with unknown map keys an error.
func UnmarshalStrict(b []byte, v any) error { return unmarshal(strict, b, v) }

func unmarshal(mode cbor.DecMode, b []byte, v any) error {
	if err := Check(b); err != nil {
		return err
	}
	if err := mode.Unmarshal(b, v); err != nil {
		return fmt.Errorf("dagcbor: %w", err)
	}
	return nil
}
