package description

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
)

// graphQLAnswer is what GraphQL's specification has an answer be.
//
// Source: https://spec.graphql.org/October2021/#sec-Response-Format
type graphQLAnswer struct {
	Data   *json.RawMessage `json:"data"`
	Errors []struct {
		Message   string `json:"message"`
		Type      string `json:"type"` // GitHub's own, recorded in 2024
		Path      []any  `json:"path"`
		Locations []struct {
			Line   int `json:"line"`
			Column int `json:"column"`
		} `json:"locations"`
	} `json:"errors"`
}

// checkGraphQL is of an answer of GraphQL, where errors of a query are answered with 200.
func (d *Description) checkGraphQL(status int, header http.Header, body []byte) error {
	if status >= http.StatusBadRequest {
		return d.checkError(status, header, body)
	}
	if got := header.Get("Content-Type"); status != http.StatusOK || !isJSON(got) {
		return fmt.Errorf("GraphQL answered with %d in %q, want 200 in JSON", status, got)
	}
	decoder := json.NewDecoder(bytes.NewReader(body))
	decoder.DisallowUnknownFields()
	var answer graphQLAnswer
	if err := decoder.Decode(&answer); err != nil {
		return fmt.Errorf("an answer of GraphQL: %w", err)
	}
	if answer.Data == nil && answer.Errors == nil {
		return errors.New("an answer of GraphQL with neither data nor errors")
	}
	for _, e := range answer.Errors {
		if e.Message == "" {
			return errors.New("an error of GraphQL without message")
		}
	}
	return nil
}
