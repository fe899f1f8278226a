package rest_test

import (
	"bytes"
	"context"
	"fmt"
	"io"
	"maps"
	"mime/multipart"
	"net/http/httptest"
	"slices"
	"strings"
	"testing"

	"rossgram.app/content"
	"rossgram.app/daemon/api/rest"
)

const (
	jsonType = "application/json"
	formType = "application/x-www-form-urlencoded"
	partType = "multipart/form-data; boundary=b"
)

// callOf is a call with a body.
func callOf(target, contentType, body string) *rest.Call {
	req := httptest.NewRequest("POST", target, strings.NewReader(body))
	req.Header.Set("Content-Type", contentType)
	return &rest.Call{Request: req, Writer: httptest.NewRecorder()}
}

// part is a field of a multipart body.
func part(header, value string) string {
	return "--b\r\nContent-Disposition: form-data; " + header + "\r\n\r\n" + value + "\r\n"
}

func show(p rest.Params) string {
	var s []string
	for _, name := range slices.Sorted(maps.Keys(p)) {
		s = append(s, fmt.Sprintf("%s=%q", name, p[name]))
	}
	return strings.Join(s, " ")
}

func TestParametersComeInEveryForm(t *testing.T) {
	for name, c := range map[string]struct{ target, kind, body, want string }{
		"query":            {"/?a=1&b[]=2&b[]=3", "", "", `a=["1"] b[]=["2" "3"]`},
		"form":             {"/?a=0", formType, "a=1&b%5B%5D=2&b[]=3", `a=["0" "1"] b[]=["2" "3"]`},
		"form, charset":    {"/", formType + "; charset=UTF-8", "a=%C3%A9", `a=["é"]`},
		"json":             {"/", jsonType, `{"a":"1","b":[2,3.5],"c":true,"d":null,"e":{"f":{"g":"x"}}}`, `a=["1"] b[]=["2" "3.5"] c=["true"] e[f][g]=["x"]`},
		"json, big number": {"/", jsonType, `{"a":103270115826048975}`, `a=["103270115826048975"]`},
		"json, objects":    {"/", jsonType, `{"a":[{"n":"x"},{"n":"y"}]}`, `a[][n]=["x" "y"]`},
		"json, nothing":    {"/", jsonType, "", ""},
		"multipart":        {"/", partType, part(`name="a"`, "1") + part(`name="b[]"`, "2\n") + "--b--", `a=["1"] b[]=["2\n"]`},
		"no body":          {"/", "", "", ""},
	} {
		t.Run(name, func(t *testing.T) {
			p, err := callOf(c.target, c.kind, c.body).Params()
			if err != nil || show(p) != c.want {
				t.Errorf("%s, %v, want %s", show(p), err, c.want)
			}
		})
	}
}

func TestParametersThatAreRefused(t *testing.T) {
	long := strings.Repeat("n", 1001)
	for name, c := range map[string]struct{ kind, body, words string }{
		"not JSON":             {jsonType, `{"a":`, "not a JSON object"},
		"a JSON list":          {jsonType, `[1]`, "not a JSON object"},
		"two objects":          {jsonType, `{} {}`, "more than one"},
		"too deep":             {jsonType, `{"a":[[[[[1]]]]]}`, "nested too deeply"},
		"a long name in JSON":  {jsonType, `{"` + long + `":[1]}`, "too long"},
		"a long name":          {formType, long + "=1", "too long a name"},
		"too many":             {formType, strings.Repeat("a=1&", 501), "more than 500"},
		"too many in JSON":     {jsonType, `{"a":[` + strings.Repeat("1,", 500) + `1]}`, "more than 500"},
		"not UTF-8":            {formType, "a=%ff", "not UTF-8"},
		"bad escape":           {formType, "a=%zz", "can't be read"},
		"cut off":              {partType, part(`name="a"`, "1"), "can't be read"},
		"no boundary":          {"multipart/form-data", "x", "can't be read"},
		"an unexpected file":   {partType, part(`name="f"; filename="x"`, "1") + "--b--", "does not take"},
		"much in all":          {partType, strings.Repeat(part(`name="a"`, strings.Repeat("x", 300<<10)), 4) + "--b--", "more than 1 MiB"},
		"a body of no kind":    {"", "a=1", "Content-Type"},
		"a body of other kind": {"text/xml", "<a/>", "Content-Type"},
	} {
		t.Run(name, func(t *testing.T) {
			p, err := callOf("/", c.kind, c.body).Params()
			if content.KindOf(err) != content.Invalid || !strings.Contains(err.Error(), c.words) {
				t.Errorf("%.100s, %v", show(p), err)
			}
		})
	}
}

func TestAFileIsReadAsItArrives(t *testing.T) {
	r, w := io.Pipe()
	form := multipart.NewWriter(w)
	req := httptest.NewRequest("POST", "/", r)
	req.Header.Set("Content-Type", form.FormDataContentType())
	halfway := make(chan struct{})
	go func() {
		_ = form.WriteField("a", "1") // errors show as a test that does not end
		f, _ := form.CreateFormFile("file", "x")
		_, _ = io.WriteString(f, strings.Repeat("x", 1<<20))
		<-halfway // the rest is sent once the first half was seen
		_, _ = io.WriteString(f, "y")
		_ = form.WriteField("b", "2")
		form.Close()
		w.Close()
	}()
	var seen, before string
	p, err := (&rest.Call{Request: req}).Form(func(field string, sofar rest.Params, file io.Reader) error {
		before = field + " " + show(sofar)
		if _, err := io.CopyN(io.Discard, file, 1<<20); err != nil {
			return err
		}
		close(halfway)
		tail, err := io.ReadAll(file)
		seen = string(tail)
		return err
	})
	if err != nil || seen != "y" || before != `file a=["1"]` || show(p) != `a=["1"] b=["2"]` {
		t.Errorf("%q after %s, %s, %v", seen, before, show(p), err)
	}
}

func TestABodyIsBoundedBeforeItIsRead(t *testing.T) {
	s := newSite(t)
	token := s.token("write")
	read := func(_ context.Context, c *rest.Call) (any, error) {
		_, err := c.Form(func(_ string, _ rest.Params, file io.Reader) error {
			_, err := io.Copy(io.Discard, file)
			return err
		})
		return rest.NoContent, err
	}
	s.router.Handle("POST /words", "write", read)
	s.router.HandleUpload("POST /file", "write", 2<<20, read)
	file := func(n int) string { return part(`name="f"; filename="x"`, strings.Repeat("x", n)) + "--b--" }
	for _, c := range []struct {
		path, kind, body string
		status           int
		words            string
	}{
		{"/words", formType, "a=" + strings.Repeat("x", rest.MaxBody-2), 204, ""},
		{"/words", formType, "a=" + strings.Repeat("x", rest.MaxBody-1), 413, "over 1 MiB"},
		{"/words", partType, file(1 << 20), 413, "over 1 MiB"},
		{"/file", partType, file(1 << 20), 204, ""},
		{"/file", partType, file(2 << 20), 413, "over 2 MiB"},
	} {
		got := s.do(request{method: "POST", path: c.path, token: token, body: c.body, header: []string{"Content-Type", c.kind}})
		if got.status != c.status || !strings.Contains(got.message(), c.words) {
			t.Errorf("%s of %d bytes: %d %s", c.path, len(c.body), got.status, got.body)
		}
	}
}

func TestValues(t *testing.T) {
	p := rest.Params{"a": {"1", "2"}, "l[]": {"x"}, "l": {"y"}, "n": {"7"}, "no": {"x"}, "yes": {"on"}, "off": {"false"}, "empty": {""}}
	if p.Get("a") != "2" || p.Get("z") != "" || fmt.Sprint(p.List("l")) != "[x y]" {
		t.Errorf("%q %v", p.Get("a"), p.List("l"))
	}
	if _, ok := p.Lookup("empty"); !ok {
		t.Error("an empty value is not there")
	}
	if !p.Bool("yes", false) || p.Bool("off", true) || !p.Bool("z", true) || !p.Bool("empty", true) {
		t.Error("booleans are otherwise")
	}
	for name, want := range map[string]int{"n": 5, "a": 2, "z": 4, "empty": 4} {
		if got, err := p.Int(name, 4, 1, 5); got != want || err != nil {
			t.Errorf("%s is %d, %v", name, got, err)
		}
	}
	if _, err := p.Int("no", 4, 1, 5); content.KindOf(err) != content.Invalid {
		t.Errorf("a word for a number: %v", err)
	}
}

// FuzzParams reads bodies of each kind: whatever they are, what comes out is
// within the limits or an error of kind Invalid.
func FuzzParams(f *testing.F) {
	for _, body := range []string{
		`{"a":{"b":[1,null,{"c":"d"}]}}`, `a=1&b[]=%C3%A9;c`, part(`name="a"`, "1") + part(`name="f"; filename="x"`, "data") + "--b--",
		`{"":[[[[[]]]]]}`, "--b\r\n\r\n--b--", strings.Repeat("a&", 600),
	} {
		for kind := range 3 {
			f.Add(kind, body)
		}
	}
	kinds := []string{jsonType, formType, partType}
	f.Fuzz(func(t *testing.T, kind int, body string) {
		var files int
		p, err := callOf("/", kinds[uint(kind)%3], body).Form(func(_ string, _ rest.Params, file io.Reader) error {
			files++
			_, err := io.Copy(io.Discard, file)
			return err
		})
		if err != nil {
			if content.KindOf(err) != content.Invalid || p != nil {
				t.Fatalf("%v, %s", err, show(p))
			}
			return
		}
		n := files
		for name, values := range p {
			n += len(values)
			if len(name) > 1000 || !bytes.Equal([]byte(strings.ToValidUTF8(strings.Join(values, ""), "")), []byte(strings.Join(values, ""))) {
				t.Fatalf("%q=%q", name, values)
			}
		}
		if n > 1000 {
			t.Fatalf("%d parameters", n)
		}
	})
}
