package pinning

import (
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"regexp"

	"rossgram.app/content"
	"rossgram.app/content/keys"
)

// MaxServices is how many services there may be.
const MaxServices = 4

// Service is a pinning service and the token for it.
type Service struct {
	Name     string `json:"name"`     // letters, digits, - and _; at most 32
	Endpoint string `json:"endpoint"` // what "/pins" is added to
	Token    string `json:"token"`
}

// String leaves the token out.
func (s Service) String() string { return s.Name + " at " + s.Endpoint }

// GoString is [Service.String].
func (s Service) GoString() string { return s.String() }

var serviceName = regexp.MustCompile(`^[A-Za-z0-9_-]{1,32}$`)

func (s Service) validate() error {
	const op = "pinning.Service"
	if !serviceName.MatchString(s.Name) {
		return content.Errorf(op, content.Invalid, "a service's name is of up to 32 letters, digits, - and _")
	}
	if s.Token == "" || len(s.Token) > 4096 {
		return content.Errorf(op, content.Invalid, "a pinning service needs the token that it gave you")
	}
	return nil
}

// readServices reads the file of services; none if it is missing. One that others
// may read is refused.
func readServices(path string) ([]Service, error) {
	const op = "pinning.readServices"
	b, err := os.ReadFile(path)
	if errors.Is(err, fs.ErrNotExist) {
		return nil, nil
	}
	if err == nil {
		err = keys.CheckPrivate(path)
	}
	var list []Service
	if err == nil {
		if err = json.Unmarshal(b, &list); err != nil {
			err = fmt.Errorf("%s can't be read: remove it and add the services again", path)
		}
	}
	for _, s := range list {
		err = errors.Join(err, s.validate())
	}
	if err != nil {
		return nil, content.E(op, content.Invalid, err)
	}
	return list, nil
}

func writeServices(path string, list []Service) error {
	b, err := json.MarshalIndent(list, "", "  ")
	if err != nil {
		return err
	}
	return keys.WriteFile(path, append(b, '\n'))
}
