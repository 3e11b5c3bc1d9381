// Package description is GitHub's published description of its API, and usher's of its own
// endpoints, for tests: what usher answers is held to them. GitHub's is npm's @octokit/openapi,
// which `make test` brings; nothing of it is kept in this repository.
package description

import (
	"bytes"
	"compress/gzip"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"mime"
	"net/http"
	"net/mail"
	"regexp"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/getkin/kin-openapi/openapi3"
	"github.com/getkin/kin-openapi/openapi3filter"
	"github.com/getkin/kin-openapi/routers"

	"github.com/usher-seats/usher/internal/ghapi"
)

// Description is what GitHub says of the operations that usher serves, and usher of its own.
type Description struct {
	versions map[string]*openapi3.T // by API version
	paths    *paths
	gaps     *gaps
	own      *own
}

// Shared is the description that all tests of a process use. A test that cannot have it
// fails.
func Shared(tb testing.TB) *Description {
	tb.Helper()
	d, err := shared()
	if err != nil {
		tb.Fatal(err)
	}
	return d
}

var shared = sync.OnceValues(func() (*Description, error) { return load(ghapi.Routes()) })

// load reads what the description says of routes. A route that it does not have is passed
// over: what is answered there cannot follow it.
func load(routes []ghapi.Route) (*Description, error) {
	file, err := enterpriseCloud()
	if err != nil {
		return nil, err
	}
	d := &Description{versions: map[string]*openapi3.T{}, paths: newPaths(), gaps: newGaps()}
	if d.own, err = loadOwn(); err != nil {
		return nil, err
	}
	served := map[string][]string{}
	for _, route := range routes {
		if file.describes(route.Method, route.Pattern) {
			served[route.Pattern] = append(served[route.Pattern], route.Method)
			d.paths.add(route.Method, route.Pattern)
		}
	}
	for _, version := range []string{oldestVersion, newestVersion} {
		if d.versions[version], err = file.load(version, served); err != nil {
			return nil, fmt.Errorf("reading GitHub's description for API version %s: %w", version, err)
		}
	}
	return d, nil
}

// Check returns how an answer differs from what the description has for the operation that
// the request addresses: in its status, content type, declared headers or body. Errors have
// GitHub's envelope besides. What the description does not declare stands in [gaps].
// GraphQL is not described: there only the form of answers is looked at. Answers of usher's
// own endpoints are held to usher's description, which has no gaps, and where they were no
// refusals, so are the bodies of the requests: where request.GetBody has them.
func (d *Description) Check(request *http.Request, status int, header http.Header, body []byte) error {
	check, whose := d.check, "GitHub"
	if isOwn(request.URL) {
		check, whose = d.checkOwn, "usher"
	}
	body, err := unpacked(header, body)
	if err == nil {
		err = check(request, status, header, body)
	}
	if err != nil {
		return fmt.Errorf("%s %s: an answer that is not as "+whose+" describes it: %.1000v\nit was %d %.500s", request.Method, request.URL, err, status, body)
	}
	return nil
}

func (d *Description) check(request *http.Request, status int, header http.Header, body []byte) error {
	withheld := request.Method == http.MethodHead && len(body) == 0 // what else there is can be looked at
	if isGraphQL(request) {
		return d.checkGraphQL(status, header, body)
	}
	route := d.route(request, header)
	if route == nil {
		return d.checkUnrouted(request, status, header, body, withheld)
	}
	operation := route.Operation
	if operation.Responses.Status(status) == nil && !d.gaps.cover(operation.OperationID, status, body) {
		return fmt.Errorf("%s declares no status %d; if GitHub answers so all the same, it belongs on the list in internal/description/gaps.go", operation.OperationID, status)
	}
	if status == http.StatusNotModified {
		return checkEmpty(header, body)
	}
	if withheld {
		return nil
	}
	err := d.checkDeclared(request, route, status, header, body)
	if status >= http.StatusBadRequest {
		err = errors.Join(d.checkError(status, header, body), err)
	}
	return err
}

// checkUnrouted is of a request to what the description does not have, or usher does not
// serve: that must be refused, in GitHub's envelope.
func (d *Description) checkUnrouted(request *http.Request, status int, header http.Header, body []byte, withheld bool) error {
	if request.Method == http.MethodOptions && d.gaps.cover(preflight, status, body) {
		return checkEmpty(header, body)
	}
	if status < http.StatusBadRequest {
		return errors.New("no such operation is described, or in the route table")
	}
	if withheld {
		return nil
	}
	return d.checkError(status, header, body)
}

// route is the operation that a request addresses, in the API version that it was answered
// in; nil when there is none.
func (d *Description) route(request *http.Request, header http.Header) *routers.Route {
	method, path := d.paths.match(request)
	if path == "" {
		return nil
	}
	version := header.Get("X-Github-Api-Version-Selected")
	if version == "" {
		version = request.Header.Get("X-Github-Api-Version")
	}
	document, ok := d.versions[version]
	if !ok {
		document = d.versions[oldestVersion] // which is GitHub's default
	}
	item := document.Paths.Value(path)
	return &routers.Route{Spec: document, Path: path, PathItem: item, Method: method, Operation: item.GetOperation(method)}
}

// checkDeclared is of an answer whose status the operation declares; others pass.
func (d *Description) checkDeclared(request *http.Request, route *routers.Route, status int, header http.Header, body []byte) error {
	declared := route.Operation.Responses.Status(status)
	if declared == nil {
		return nil
	}
	if status < http.StatusBadRequest && len(declared.Value.Content) == 0 {
		return checkEmpty(header, body)
	}
	if isJSON(header.Get("Content-Type")) && !json.Valid(body) {
		return errors.New("the body is no JSON") // the library reads no further than it must
	}
	get := *request // the library passes over answers to HEAD
	get.Method = route.Method
	return openapi3filter.ValidateResponse(context.Background(), &openapi3filter.ResponseValidationInput{
		RequestValidationInput: &openapi3filter.RequestValidationInput{Request: &get, Route: route},
		Status:                 status,
		Header:                 header,
		Body:                   io.NopCloser(bytes.NewReader(body)),
		Options: &openapi3filter.Options{
			IncludeResponseStatus:   true,
			MultiError:              true,
			SchemaValidationOptions: strictly(),
		},
	})
}

func checkEmpty(header http.Header, body []byte) error {
	if len(body) > 0 || header.Get("Content-Type") != "" {
		return fmt.Errorf("this status has no body, and there are %d bytes of %q", len(body), header.Get("Content-Type"))
	}
	return nil
}

// isJSON says whether a content type is JSON in UTF-8, which is JSON's own encoding.
func isJSON(contentType string) bool {
	kind, parameters, err := mime.ParseMediaType(contentType)
	charset, named := parameters["charset"]
	return err == nil && kind == "application/json" && (!named || strings.EqualFold(charset, "utf-8"))
}

// unpacked is a body as it was before it was compressed.
func unpacked(header http.Header, body []byte) ([]byte, error) {
	if header.Get("Content-Encoding") != "gzip" || len(body) == 0 {
		return body, nil
	}
	reader, err := gzip.NewReader(bytes.NewReader(body))
	if err != nil {
		return body, fmt.Errorf("unpacking the body: %w", err)
	}
	plain, err := io.ReadAll(reader)
	if err != nil {
		return body, fmt.Errorf("unpacking the body: %w", err)
	}
	return plain, nil
}

// strictly has values looked at closely, formats included, and mistakes told in short.
func strictly() []openapi3.SchemaValidationOption {
	return []openapi3.SchemaValidationOption{
		openapi3.MultiErrors(),
		openapi3.DisableSchemaErrorDetails(),
		openapi3.WithStringFormatValidators(map[string]openapi3.StringFormatValidator{
			"date-time":    openapi3.NewCallbackValidator(dateTime),
			"date":         openapi3.NewCallbackValidator(date),
			"uri":          openapi3.NewCallbackValidator(uri),
			"uri-template": openapi3.NewCallbackValidator(uriTemplate),
			"email":        openapi3.NewCallbackValidator(email),
		}),
	}
}

// dateTimeSyntax is RFC 3339's; package time takes more, and days that are none are not in it.
var dateTimeSyntax = regexp.MustCompile(openapi3.FormatOfStringDateTime)

func dateTime(text string) error {
	if !dateTimeSyntax.MatchString(text) {
		return errors.New("it is no time of RFC 3339")
	}
	_, err := time.Parse(time.RFC3339, text)
	return err
}

func date(text string) error {
	_, err := time.Parse(time.DateOnly, text)
	return err
}

// absoluteURI is the syntax of RFC 3986, as far as a scheme and a host go; net/url takes more.
var absoluteURI = regexp.MustCompile(`^https?://([A-Za-z0-9._~!$&'()*+,;=:\[\]-]|%[0-9A-Fa-f]{2})+([/?#]([A-Za-z0-9._~:/?#\[\]@!$&'()*+,;=-]|%[0-9A-Fa-f]{2})*)?$`)

func uri(text string) error {
	if !absoluteURI.MatchString(text) {
		return errors.New("it is no absolute HTTP URI")
	}
	return nil
}

var expression = regexp.MustCompile(`\{[+#./;?&]?[A-Za-z0-9_,*]+\}`)

// uriTemplate looks at a template with its expressions left out.
func uriTemplate(text string) error { return uri(expression.ReplaceAllString(text, "")) }

func email(text string) error {
	address, err := mail.ParseAddress(text)
	if err == nil && address.Address != text {
		return errors.New("it is more than an address")
	}
	return err
}
