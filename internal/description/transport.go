package description

import (
	"bytes"
	"errors"
	"io"
	"net/http"
	"testing"
)

// Handler serves as next does, and fails the test for each answer that does not follow the
// description.
func (d *Description) Handler(tb testing.TB, next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		out := &recorder{ResponseWriter: w, status: http.StatusOK}
		asked, sent := *r, &bytes.Buffer{}
		if r.Body != nil {
			asked.Body = tee{io.TeeReader(r.Body, sent), r.Body}
		}
		next.ServeHTTP(out, &asked)
		asked.GetBody = func() (io.ReadCloser, error) { return io.NopCloser(sent), nil }
		if err := d.Check(&asked, out.status, w.Header(), out.body.Bytes()); err != nil {
			tb.Error(err)
		}
	})
}

// tee is a body that is read and kept.
type tee struct {
	io.Reader
	io.Closer
}

// recorder keeps what is answered.
type recorder struct {
	http.ResponseWriter
	begun  bool
	status int
	body   bytes.Buffer
}

func (w *recorder) WriteHeader(status int) {
	if !w.begun && status >= http.StatusOK {
		w.begun, w.status = true, status
	}
	w.ResponseWriter.WriteHeader(status)
}

func (w *recorder) Write(b []byte) (int, error) {
	w.begun = true
	w.body.Write(b)
	return w.ResponseWriter.Write(b)
}

// Unwrap lets http.ResponseController reach the connection.
func (w *recorder) Unwrap() http.ResponseWriter { return w.ResponseWriter }

// Transport sends requests by next, and fails the test for each answer that does not
// follow the description. An answer is read whole before it is passed on.
func (d *Description) Transport(tb testing.TB, next http.RoundTripper) http.RoundTripper {
	return transport{d, tb, next}
}

type transport struct {
	description *Description
	tb          testing.TB
	next        http.RoundTripper
}

// RoundTrip sends one request.
func (t transport) RoundTrip(request *http.Request) (*http.Response, error) {
	if isOwn(request.URL) && request.Body != nil && request.GetBody == nil {
		return nil, errors.New("a request whose body can be read once only cannot be held to the description: give it GetBody")
	}
	response, err := t.next.RoundTrip(request)
	if err != nil {
		return nil, err
	}
	body, err := io.ReadAll(response.Body)
	if closed := response.Body.Close(); err == nil {
		err = closed
	}
	if err != nil {
		return nil, err // cut off on its way: there is no whole answer to look at
	}
	response.Body = io.NopCloser(bytes.NewReader(body))
	if err := t.description.Check(request, response.StatusCode, response.Header, body); err != nil {
		t.tb.Error(err)
	}
	return response, nil
}
