package record_test

import (
	"encoding/hex"
	"encoding/json"
	"testing"

	"rossgram.app/content"
	"rossgram.app/content/dagcbor"
	"rossgram.app/content/keys"
	"rossgram.app/content/record"
)

// commentVectors is testdata/comment-signature.json: what a second implementation must
// come to for the comment of testdata/comment.json.
type commentVectors struct {
	Note        string      `json:"note"`
	WriterSeed  string      `json:"writer_seed"`
	Certificate string      `json:"certificate"`
	Account     string      `json:"account"`
	TID         content.TID `json:"tid"`
	Domain      keys.Domain `json:"domain"`
	Unsigned    string      `json:"unsigned"`
	Message     string      `json:"message"`
	Sig         string      `json:"sig"`
	CID         string      `json:"cid"`
}

const commentNote = "The signature of the comment in comment.json. Bytes are hexadecimal. unsigned is the record without sig; message is DAG-CBOR of account, tid and unsigned; sig is Ed25519 by the writer of writer_seed over the domain, a zero byte and message; cid names the record with sig."

// The message is put together here apart from the package.
func TestCommentVectors(t *testing.T) {
	block := must(record.Encode(records()["comment"]))
	var fields map[string]dagcbor.RawValue
	if err := dagcbor.Unmarshal(block.Data, &fields); err != nil {
		t.Fatal(err)
	}
	var sig []byte
	if err := dagcbor.Unmarshal(fields["sig"], &sig); err != nil {
		t.Fatal(err)
	}
	delete(fields, "sig")
	unsigned := encodeAny(t, fields)
	message := encodeAny(t, map[string]any{"account": ada().cert.Account.String(), "tid": aTID.String(), "record": unsigned})
	if !keys.Verify(ada().cert.Writer, "rossgram/1/comment", message, sig) {
		t.Error("the signature is over something else")
	}
	v := commentVectors{
		Note: commentNote, WriterSeed: hex.EncodeToString(ada().seed),
		Certificate: hex.EncodeToString(must(keys.EncodeCertificate(ada().cert))), Account: ada().cert.Account.String(), TID: aTID,
		Domain: keys.DomainComment, Unsigned: hex.EncodeToString(unsigned), Message: hex.EncodeToString(message),
		Sig: hex.EncodeToString(sig), CID: block.CID.String(),
	}
	golden(t, "comment-signature.json", string(must(json.MarshalIndent(v, "", " ")))+"\n")
}
