package description

import (
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"strconv"
)

// envelope is the body of an error. The description has it as basic-error, which requires
// no key; the keys are required here because every recorded error has them since 2024-12.
type envelope struct {
	Message string           `json:"message"`
	Docs    string           `json:"documentation_url"`
	Status  *string          `json:"status"`
	Errors  *json.RawMessage `json:"errors"`
}

// checkError is of an error's body, whatever operation it is of.
func (d *Description) checkError(status int, header http.Header, body []byte) error {
	if got := header.Get("Content-Type"); !isJSON(got) {
		return fmt.Errorf("an error in %q, want JSON in UTF-8", got)
	}
	var e envelope
	var whole any
	if err := errors.Join(json.Unmarshal(body, &e), json.Unmarshal(body, &whole)); err != nil {
		return fmt.Errorf("an error's body: %w", err)
	}
	if e.Message == "" {
		return errors.New("an error without message")
	}
	if err := uri(e.Docs); err != nil {
		return fmt.Errorf("documentation_url %q: %w", e.Docs, err)
	}
	if err := checkStatus(e, status, header); err != nil {
		return err
	}
	return d.checkErrors(e, status, whole)
}

// checkStatus is of the status in the body. Only the refusal of an anonymous caller beyond
// the rate limit has none (recorded 2026-09-17).
func checkStatus(e envelope, status int, header http.Header) error {
	if e.Status == nil {
		if header.Get("X-Ratelimit-Remaining") == "0" {
			return nil
		}
		return errors.New("an error without status in its body")
	}
	if *e.Status != strconv.Itoa(status) {
		return fmt.Errorf("status %q in the body of a %d", *e.Status, status)
	}
	return nil
}

// checkErrors is of the key errors: of a 400 it is a string (recorded 2026-10-08), else as
// in the description's validation-error or validation-error-simple.
func (d *Description) checkErrors(e envelope, status int, body any) error {
	if e.Errors == nil {
		return d.checkSchema("basic-error", body)
	}
	if status == http.StatusBadRequest {
		var text string
		if err := json.Unmarshal(*e.Errors, &text); err != nil {
			return fmt.Errorf("errors of a 400: %w", err)
		}
		return d.checkSchema("basic-error", body)
	}
	if err := d.checkSchema("validation-error", body); err != nil {
		if d.checkSchema("validation-error-simple", body) != nil {
			return err
		}
	}
	return nil
}

func (d *Description) checkSchema(name string, value any) error {
	schema := d.versions[oldestVersion].Components.Schemas[name]
	if err := schema.Value.VisitJSON(value, strictly()...); err != nil {
		return fmt.Errorf("%s: %w", name, err)
	}
	return nil
}
