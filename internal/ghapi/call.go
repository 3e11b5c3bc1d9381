package ghapi

import (
	"bytes"
	"io"
	"net/http"
	"net/url"
	"slices"
	"strings"

	"github.com/usher-seats/usher"
	"github.com/usher-seats/usher/internal/edge"
)

// WriteMethods are the methods of the operations that change something.
func WriteMethods() []string {
	return []string{http.MethodPost, http.MethodPut, http.MethodPatch, http.MethodDelete}
}

// Call is a call of an operation that changes something.
type Call struct {
	Method string
	Path   string // as in a request's first line, so with the query
	Body   []byte

	served served
	url    *url.URL
}

// Find finds the operation that a call is of. ok is false where the API serves none that
// changes something.
func (a *API) Find(call Call) (found Call, ok bool) {
	if !slices.Contains(WriteMethods(), call.Method) || !strings.HasPrefix(call.Path, "/") {
		return call, false
	}
	var err error
	if call.url, err = url.ParseRequestURI(call.Path); err != nil {
		return call, false
	}
	singleSlashes(call.url)
	if hasDotSegment(call.url.Path) {
		return call, false
	}
	_, pattern := a.mux.Handler(&http.Request{Method: call.Method, URL: call.url})
	call.served, ok = a.served[pattern]
	route := call.served.route
	return call, ok && !route.GraphQL && !route.Who.App // one only reads, the other takes no credential that a what-if can have
}

// Answer is what a call was answered: its body, and none of its headers.
type Answer struct {
	Status int
	Body   []byte
}

// Send carries a call that was found out on a service, as if q's caller had sent it in q's
// place: the same code, with the same credential, API version and address. It is counted in no
// rate window. What fails inside is an error and no answer.
func (c Call) Send(service *usher.Service, q *Request) (Answer, error) {
	options := q.api.options
	options.Rates, options.Hurry = nil, nil
	api := newAPI(service, options)
	api.handle(c.served.base, c.served.route)

	ctx, cause := edge.Within(q.R.Context())
	r := q.R.Clone(ctx)
	r.Method, r.URL, r.RequestURI = c.Method, c.url, c.Path
	r.Body, r.ContentLength = io.NopCloser(bytes.NewReader(c.Body)), int64(len(c.Body))
	for _, name := range []string{"Accept-Encoding", "Content-Length", "If-None-Match"} { // they are about the answer that carries this one
		r.Header.Del(name)
	}
	kept := &keptAnswer{header: http.Header{}}
	api.ServeHTTP(kept, r)
	if kept.Status >= http.StatusInternalServerError || kept.Status == statusClientGone {
		if err := cause(); err != nil {
			return Answer{}, err
		}
		return Answer{}, ctx.Err()
	}
	return kept.Answer, nil
}

// keptAnswer is an answer that goes nowhere.
type keptAnswer struct {
	Answer
	header http.Header
}

func (k *keptAnswer) Header() http.Header { return k.header }

func (k *keptAnswer) WriteHeader(status int) { k.Status = status }

func (k *keptAnswer) Write(b []byte) (int, error) {
	k.Body = append(k.Body, b...)
	return len(b), nil
}
