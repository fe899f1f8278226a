package rest

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"mime"
	"mime/multipart"
	"net/http"
	"net/url"
	"slices"
	"strconv"
	"unicode/utf8"

	"rossgram.app/content"
)

// The limits of parameters.
const (
	maxParams     = 500     // values of all parameters
	maxParamsSize = MaxBody // bytes of all fields of a multipart body
	maxParamName  = 1000    // bytes of a name
	maxParamDepth = 4       // of JSON, such as fields_attributes[0][name]
)

// Params are the parameters of a call, whether they came in the URL, as a form,
// as a multipart body or as JSON: clients of Mastodon's API use all of them. A
// JSON list a is the values of "a[]", an object b the values of "b[key]", as Rails
// reads them.
type Params url.Values

// FileFunc takes a file of a multipart body as it arrives, with its field's name
// and the parameters that stood before it.
type FileFunc func(field string, before Params, file io.Reader) error

// Params reads the call's parameters. A body with a file in it is an error.
func (c *Call) Params() (Params, error) {
	return c.Form(func(field string, _ Params, _ io.Reader) error {
		return content.E("rest.Params", content.Invalid, fmt.Errorf("%.100q is a file, which this route does not take", field))
	})
}

// Form reads the call's parameters and hands each file to file.
func (c *Call) Form(file FileFunc) (Params, error) {
	const op = "rest.Form"
	p := c.Query()
	kind, param, err := mime.ParseMediaType(c.Request.Header.Get("Content-Type"))
	if err != nil {
		kind = "" // a body without a type, which must be empty
	}
	switch kind {
	case "application/json":
		err = p.readJSON(c.Request.Body)
	case "application/x-www-form-urlencoded":
		err = p.readForm(c.Request.Body)
	case "multipart/form-data":
		err = p.readMultipart(multipart.NewReader(c.Request.Body, param["boundary"]), file)
	default:
		err = refuseBody(c.Request.Body)
	}
	if err == nil {
		err = p.check()
	}
	if err != nil {
		return nil, bodyError(op, err)
	}
	return p, nil
}

// bodyError gives an error of reading a body its kind.
func bodyError(op string, err error) error {
	if _, ok := errors.AsType[*http.MaxBytesError](err); ok || content.KindOf(err) != content.Other {
		return err
	}
	return content.E(op, content.Invalid, fmt.Errorf("the request can't be read: %w", err))
}

func refuseBody(body io.Reader) error {
	if n, err := io.ReadFull(body, make([]byte, 1)); n == 0 || err != nil {
		return nil
	}
	return errors.New("send parameters as application/json, as a form or as multipart/form-data, and say which in Content-Type")
}

func (p Params) readForm(body io.Reader) error {
	b, err := io.ReadAll(body)
	if err != nil {
		return err
	}
	form, err := url.ParseQuery(string(b))
	for name, values := range form {
		p[name] = append(p[name], values...)
	}
	return err
}

func (p Params) readJSON(body io.Reader) error {
	b, err := io.ReadAll(body)
	if err != nil || len(bytes.TrimSpace(b)) == 0 {
		return err
	}
	d := json.NewDecoder(bytes.NewReader(b))
	d.UseNumber()
	var object map[string]any
	if err := d.Decode(&object); err != nil {
		return fmt.Errorf("not a JSON object: %w", err)
	}
	if d.More() {
		return errors.New("there is more than one JSON object")
	}
	for name, v := range object {
		if err := p.flatten(name, v, 0); err != nil {
			return err
		}
	}
	return nil
}

// flatten enters a JSON value. A null is as if it were not there. Names are
// bounded here already: a short body could have very many items below a very
// long one.
func (p Params) flatten(name string, v any, depth int) error {
	if depth > maxParamDepth || len(name) > maxParamName {
		return errors.New("the JSON is nested too deeply, or a name in it is too long")
	}
	switch v := v.(type) {
	case string:
		p[name] = append(p[name], v)
	case json.Number:
		p[name] = append(p[name], v.String())
	case bool:
		p[name] = append(p[name], strconv.FormatBool(v))
	case []any:
		for _, item := range v {
			if err := p.flatten(name+"[]", item, depth+1); err != nil {
				return err
			}
		}
	case map[string]any:
		for key, item := range v {
			if err := p.flatten(name+"["+key+"]", item, depth+1); err != nil {
				return err
			}
		}
	}
	return nil
}

func (p Params) readMultipart(r *multipart.Reader, file FileFunc) error {
	left := maxParamsSize
	for n := 0; ; n++ {
		part, err := r.NextPart()
		if errors.Is(err, io.EOF) {
			return nil
		}
		if err != nil {
			return err
		}
		if n >= maxParams {
			return fmt.Errorf("there are more than %d parameters", maxParams)
		}
		if part.FileName() != "" {
			if err := file(part.FormName(), p, part); err != nil {
				return err
			}
			continue
		}
		b, err := io.ReadAll(io.LimitReader(part, int64(left)+1))
		if err != nil {
			return err
		}
		if left -= len(part.FormName()) + len(b); left < 0 {
			return fmt.Errorf("the parameters have more than %s", bytesInWords(maxParamsSize))
		}
		p[part.FormName()] = append(p[part.FormName()], string(b))
	}
}

func (p Params) check() error {
	n := 0
	for name, values := range p {
		n += len(values)
		if len(name) > maxParamName {
			return fmt.Errorf("the parameter %.100q… has too long a name", name)
		}
		for _, v := range values {
			if !utf8.ValidString(v) {
				return fmt.Errorf("%.100q is not UTF-8", name)
			}
		}
	}
	if n > maxParams {
		return fmt.Errorf("there are more than %d parameters", maxParams)
	}
	return nil
}

// Get returns a parameter's last value, or "".
func (p Params) Get(name string) string { v, _ := p.Lookup(name); return v }

// Lookup is Get, and says whether the parameter is there.
func (p Params) Lookup(name string) (string, bool) {
	values := p[name]
	if len(values) == 0 {
		return "", false
	}
	return values[len(values)-1], true
}

// List returns the values of name[], or of name where they were sent so.
func (p Params) List(name string) []string { return slices.Concat(p[name+"[]"], p[name]) }

// Bool reads a parameter as Rails does: "true", "1", "t" and "on" are true, what is
// missing is otherwise.
func (p Params) Bool(name string, otherwise bool) bool {
	switch v, ok := p.Lookup(name); {
	case !ok || v == "":
		return otherwise
	default:
		return slices.Contains([]string{"true", "TRUE", "1", "t", "on"}, v)
	}
}

// Int reads a number from low to high; what is missing is otherwise, and what is
// outside is moved inside, as Mastodon does. Kind Invalid for what is no number.
func (p Params) Int(name string, otherwise, low, high int) (int, error) {
	v, ok := p.Lookup(name)
	if !ok || v == "" {
		return otherwise, nil
	}
	n, err := strconv.Atoi(v)
	if err != nil {
		return 0, content.E("rest.Int", content.Invalid, fmt.Errorf("%s is a number, not %.40q", name, v))
	}
	return min(max(n, low), high), nil
}
