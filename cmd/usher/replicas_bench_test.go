package main

import (
	"fmt"
	"io"
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"sync/atomic"
	"testing"

	"github.com/usher-seats/usher/internal/enginetest"
)

// BenchmarkReplicas sends the same requests to one server and to two on one database of
// the engine under test. Servers, database and clients share the machine, so two are
// faster only where one has not used all of it.
func BenchmarkReplicas(b *testing.B) {
	seed := filepath.Join(b.TempDir(), "world.yaml")
	if err := os.WriteFile(seed, []byte(killWorld()), 0o600); err != nil {
		b.Fatal(err)
	}
	database := enginetest.Database(b)
	var urls []string
	for range 2 {
		p, err := startUsher(b.TempDir(), nil, "--listen", "127.0.0.1:0", "--rehearsal", "--database", database, "--seed", seed)
		if err != nil {
			b.Fatal(err)
		}
		b.Cleanup(p.kill)
		urls = append(urls, p.url)
	}
	change(b, http.DefaultClient, urls[0], 0)
	for round := range 2 {
		for replicas := 1; replicas <= len(urls); replicas++ {
			b.Run(fmt.Sprintf("replicas=%d/read/%d", replicas, round), func(b *testing.B) {
				inParallel(b, urls[:replicas], func(client *http.Client, url string, _ int64) {
					answer(b, client, http.MethodGet, url+"/orgs/"+organizationOf(0)+"/members/user-0-0/copilot", "")
				})
			})
			b.Run(fmt.Sprintf("replicas=%d/write/%d", replicas, round), func(b *testing.B) {
				inParallel(b, urls[:replicas], func(client *http.Client, url string, n int64) { change(b, client, url, n) })
			})
		}
	}
}

// change grants a seat, or cancels it, in one organization or another.
func change(b *testing.B, client *http.Client, url string, n int64) {
	method := []string{http.MethodPost, http.MethodDelete}[n/roundsPerDatabase%2]
	person := fmt.Sprintf(`{"selected_usernames":["user-%d-0"]}`, n/roundsPerDatabase/2%(writers*groupsPerWriter))
	organization := organizationOf(int(n % roundsPerDatabase))
	answer(b, client, method, url+"/orgs/"+organization+"/copilot/billing/selected_users", person)
}

// inParallel spreads b.N requests over the servers and reports how many there were in a
// second.
func inParallel(b *testing.B, urls []string, do func(client *http.Client, url string, n int64)) {
	transport := &http.Transport{MaxIdleConnsPerHost: 100}
	defer transport.CloseIdleConnections()
	client := &http.Client{Transport: transport}
	var sent atomic.Int64
	b.SetParallelism(8)
	b.RunParallel(func(pb *testing.PB) {
		for pb.Next() {
			n := sent.Add(1)
			do(client, urls[n%int64(len(urls))], n)
		}
	})
	b.ReportMetric(float64(b.N)/b.Elapsed().Seconds(), "requests/s")
}

// answer sends a request that must succeed.
func answer(b *testing.B, client *http.Client, method, url, body string) {
	request, err := http.NewRequest(method, url, strings.NewReader(body))
	if err != nil {
		b.Error(err)
		return
	}
	request.Header.Set("Authorization", "Bearer ghp_mona")
	response, err := client.Do(request)
	if err != nil {
		b.Error(err)
		return
	}
	defer func() { _ = response.Body.Close() }()
	if text, err := io.ReadAll(response.Body); err != nil || response.StatusCode >= http.StatusBadRequest {
		b.Errorf("%s %s: got %s %s, error %v", method, url, response.Status, text, err)
	}
}
