package mailbox

import (
	"bytes"

	"rossgram.app/content"
	"rossgram.app/content/dagcbor"
	"rossgram.app/content/repo"
)

// statementForm is a statement as it is encoded.
type statementForm struct {
	Head   dagcbor.RawValue `cbor:"head"`
	Path   content.Path     `cbor:"path"`
	Proof  [][]byte         `cbor:"proof"`
	Record []byte           `cbor:"record,omitempty"`
}

// draftForm is a notice as it is encoded: a statement and what goes with it.
type draftForm struct {
	statementForm
	Target       content.AccountID `cbor:"target"`
	Introduction *statementForm    `cbor:"introduction,omitempty"`
	Work         *Work             `cbor:"work,omitempty"`
}

// Encode returns a notice's canonical DAG-CBOR, in which it is sent and kept. What
// is over the limits is an error of kind Invalid or TooLarge.
func (d Draft) Encode() ([]byte, error) {
	const op = "mailbox.Encode"
	form, err := d.form()
	if err != nil {
		return nil, content.E(op, content.Other, err)
	}
	b, err := dagcbor.Marshal(form)
	if err != nil {
		return nil, content.E(op, content.Invalid, err)
	}
	if len(b) > MaxNotice {
		return nil, content.Errorf(op, content.TooLarge, "notice over the limit")
	}
	return b, nil
}

func (d Draft) form() (draftForm, error) {
	form := draftForm{Target: d.Target}
	var err error
	if form.statementForm, err = d.Statement.form(); err != nil {
		return form, err
	}
	if d.Work != (Work{}) {
		form.Work = &d.Work
	}
	if d.Introduction != nil {
		introduction, err := d.Introduction.form()
		if err != nil {
			return form, err
		}
		form.Introduction = &introduction
	}
	return form, nil
}

func (s Statement) form() (statementForm, error) {
	if err := s.validate(); err != nil {
		return statementForm{}, err
	}
	head, err := repo.EncodeHead(s.Head)
	return statementForm{head, s.Path, s.Proof, s.Record}, err
}

// validate checks the limits.
func (s Statement) validate() error {
	const op = "mailbox.Statement"
	size := 0
	for _, node := range s.Proof {
		size += len(node)
	}
	if len(s.Proof) > MaxProof || size > MaxProofSize {
		return content.Errorf(op, content.TooLarge, "proof over the limit")
	}
	if len(s.Record) > MaxRecord {
		return content.Errorf(op, content.TooLarge, "record over the limit")
	}
	return s.Path.Validate()
}

// Decode reads what [Draft.Encode] writes, and nothing else; it verifies nothing.
func Decode(b []byte) (Draft, error) {
	const op = "mailbox.Decode"
	if len(b) > MaxNotice {
		return Draft{}, content.Errorf(op, content.TooLarge, "notice over the limit")
	}
	var form draftForm
	if err := dagcbor.UnmarshalStrict(b, &form); err != nil {
		return Draft{}, content.E(op, content.Invalid, err)
	}
	d, err := form.open()
	if err != nil {
		return Draft{}, content.E(op, content.Other, err)
	}
	// A field that is missing, null, or there though it is empty would give a notice
	// two forms.
	again, err := d.Encode()
	if err != nil {
		return Draft{}, content.E(op, content.Other, err)
	}
	if !bytes.Equal(again, b) {
		return Draft{}, content.Errorf(op, content.Invalid, "the notice's fields are not in their one form")
	}
	return d, nil
}

func (f draftForm) open() (Draft, error) {
	d := Draft{Target: f.Target}
	var err error
	if d.Statement, err = f.statementForm.open(); err != nil {
		return Draft{}, err
	}
	if f.Work != nil {
		d.Work = *f.Work
	}
	if f.Introduction != nil {
		introduction, err := f.Introduction.open()
		if err != nil {
			return Draft{}, err
		}
		d.Introduction = &introduction
	}
	return d, nil
}

func (f statementForm) open() (Statement, error) {
	head, err := repo.DecodeHead(f.Head)
	return Statement{head, f.Path, f.Proof, f.Record}, err
}
