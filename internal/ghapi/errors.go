package ghapi

import (
	"cmp"
	"context"
	"errors"
	"net/http"
	"strconv"

	"github.com/usher-seats/usher"
	"github.com/usher-seats/usher/internal/edge"
)

// allMembersDocs is where GitHub's refusal under assign_all points, instead of to the
// operation. Recorded in 2024-02 (POST and DELETE selected_users).
const allMembersDocs = "https://docs.github.com/copilot/configuring-github-copilot/configuring-github-copilot-settings-in-your-organization#enabling-access-to-github-copilot-for-specific-users-in-your-organization"

// retryAfterSeconds is what a client is told to wait when the store cannot serve.
const retryAfterSeconds = "1"

// statusClientGone is what the log and the metrics say of a request that nobody waits for
// any more; nobody receives it.
const statusClientGone = 499

// failure is an error as the wire answers it.
type failure struct {
	status  int
	message string
	docs    string
	items   []item
	errors  string // instead of items, where GitHub sends a string
	bare    bool   // without a "status"
}

// item is one entry of errors, in GitHub's key order.
type item struct {
	resource, code, field, message string
}

// bodyError is a body whose form is wrong: it never reached an operation.
type bodyError struct {
	status  int
	message string
}

func (e *bodyError) Error() string { return e.message }

// fail answers an error in GitHub's envelope.
func (q *Request) fail(err error) {
	q.hurry()
	f := failureOf(q.R.Context(), q.Route.Docs, err)
	for i := range f.items {
		f.items[i].field = cmp.Or(f.items[i].field, q.list)
	}
	if f.status == http.StatusServiceUnavailable {
		q.W.Header().Set("Retry-After", retryAfterSeconds)
	}
	write(q.W, f.status, jsonType, f.json())
}

// ServerError answers a request that failed inside, without saying how.
func ServerError(w http.ResponseWriter, _ *http.Request) {
	for _, name := range []string{"Cache-Control", "Content-Encoding", "Etag", "Link"} { // of the answer that it was to be
		w.Header().Del(name)
	}
	set(w.Header(), standardHeaders())
	f := failure{status: http.StatusInternalServerError, message: "Server Error", docs: docsRoot}
	write(w, f.status, jsonType, f.json())
}

// Overloaded answers a request that the server refuses because too many run already.
func Overloaded(w http.ResponseWriter, _ *http.Request) {
	Unavailable(w, "The server is busy: too many requests at once. Try again in a moment.")
}

// Unavailable answers a request that the server cannot serve now, for a reason that is in order.
func Unavailable(w http.ResponseWriter, message string) {
	set(w.Header(), standardHeaders())
	w.Header().Set("Retry-After", retryAfterSeconds)
	f := failure{status: http.StatusServiceUnavailable, message: message, docs: docsRoot}
	write(w, f.status, jsonType, f.json())
}

// failureOf turns an error into its answer: the one place where kinds become statuses.
func failureOf(ctx context.Context, docs string, err error) failure {
	var body *bodyError
	if errors.As(err, &body) {
		return failure{status: body.status, message: body.message, docs: docs}
	}
	var version *versionError
	if errors.As(err, &version) {
		return failure{status: http.StatusBadRequest, message: "Bad Request", errors: version.Error(), docs: docsRoot}
	}
	var spent *spentError
	if errors.As(err, &spent) {
		return failure{status: http.StatusForbidden, message: spent.message, docs: spent.docs, bare: spent.anonymous}
	}
	if errors.Is(err, context.Canceled) && ctx.Err() != nil {
		return failure{status: statusClientGone, message: "The client has gone.", docs: docs}
	}
	var known *usher.Error
	if !errors.As(err, &known) {
		edge.NoteCause(ctx, err)
		return failure{status: http.StatusInternalServerError, message: "Server Error", docs: docs}
	}
	f := failure{message: known.Message, docs: docs, items: itemsOf(known.Items)}
	switch known.Kind {
	case usher.Unauthenticated, usher.BadCredentials:
		f.status, f.docs = http.StatusUnauthorized, docsRoot
	case usher.Forbidden:
		f.status = http.StatusForbidden
	case usher.NotFound:
		f.status = http.StatusNotFound
	case usher.Unavailable:
		f.status = http.StatusServiceUnavailable
		edge.NoteCause(ctx, err)
	default:
		f.status = http.StatusUnprocessableEntity
	}
	if known.Reason == usher.AllMembers {
		f.docs = allMembersDocs
	}
	return f
}

// itemsOf names the offending entries of a list; the request knows which one it is.
func itemsOf(items []usher.Item) []item {
	out := make([]item, len(items))
	for i, it := range items {
		out[i] = item{resource: string(it.Subject), code: string(it.Code), field: it.Field, message: it.Message}
	}
	return out
}

// json is the envelope, in GitHub's key order: message, errors, documentation_url, and
// status as a string.
func (f failure) json() []byte {
	b := appendString([]byte(`{"message":`), f.message)
	if f.errors != "" {
		b = appendString(append(b, `,"errors":`...), f.errors)
	}
	for i, it := range f.items {
		if i == 0 {
			b = append(b, `,"errors":[`...)
		} else {
			b = append(b, ',')
		}
		b = it.append(b)
	}
	if len(f.items) > 0 {
		b = append(b, ']')
	}
	b = appendString(append(b, `,"documentation_url":`...), f.docs)
	if f.bare {
		return append(b, '}')
	}
	b = append(b, `,"status":"`...)
	b = strconv.AppendInt(b, int64(f.status), 10)
	return append(b, `"}`...)
}

func (it item) append(b []byte) []byte {
	b = appendString(append(b, `{"resource":`...), it.resource)
	b = appendString(append(b, `,"code":`...), it.code)
	b = appendString(append(b, `,"field":`...), it.field)
	b = appendString(append(b, `,"message":`...), it.message)
	return append(b, '}')
}
