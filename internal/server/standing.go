package server

import (
	"cmp"
	"context"
	"database/sql"
	"runtime"
	"runtime/debug"
	"sync/atomic"
	"time"

	"github.com/prometheus/client_golang/prometheus"

	"github.com/usher-seats/usher"
)

// standing is what the metrics say besides requests: how the ticker gets on, the connections to
// the database, and how many seats there are. No scrape asks the database: anybody may scrape.
type standing struct {
	wall     func() time.Time
	pools    func() map[string]sql.DBStats
	settled  atomic.Pointer[time.Time]        // when settling last succeeded; at first, when the server began
	seats    atomic.Pointer[usher.SeatTotals] // nil: not known
	failures prometheus.Counter
	endings  prometheus.Counter
}

func newStanding(wall func() time.Time, pools func() map[string]sql.DBStats) *standing {
	s := &standing{
		wall:  wall,
		pools: pools,
		failures: prometheus.NewCounter(prometheus.CounterOpts{
			Name: "usher_settle_failures_total",
			Help: "Times that the ticker could not make endings durable; it tries each second.",
		}),
		endings: prometheus.NewCounter(prometheus.CounterOpts{
			Name: "usher_settled_endings_total",
			Help: "Ended seats and invitations that this process has made durable.",
		}),
	}
	began := wall()
	s.settled.Store(&began)
	return s
}

// note keeps what one round of settling has come to.
func (s *standing) note(settled int, err error) {
	s.endings.Add(float64(settled))
	if err != nil {
		s.failures.Inc()
		return
	}
	now := s.wall()
	s.settled.Store(&now)
}

// count counts the seats anew. What cannot be known is not shown.
func (s *standing) count(ctx context.Context, service *usher.Service) {
	totals, err := service.SeatTotals(ctx)
	if err != nil {
		s.seats.Store(nil)
		return
	}
	s.seats.Store(&totals)
}

var (
	settleLag = prometheus.NewDesc("usher_settle_lag_seconds",
		"Seconds since all that had ended was last made durable: how late events may be.", nil, nil)
	seatsNow = prometheus.NewDesc("usher_seats",
		"Seats of all organizations and enterprises, by state; not shown while the database cannot be read.", []string{"state"}, nil)
	connections = prometheus.NewDesc("usher_database_connections",
		"Open connections to the database, by pool and state.", []string{"pool", "state"}, nil)
	connectionsMax = prometheus.NewDesc("usher_database_connections_max",
		"Connections to the database that a pool may have.", []string{"pool"}, nil)
	connectionWaits = prometheus.NewDesc("usher_database_connection_waits_total",
		"Times that a transaction had to wait for a connection, by pool.", []string{"pool"}, nil)
	connectionWaitSeconds = prometheus.NewDesc("usher_database_connection_wait_seconds_total",
		"Seconds that transactions have waited for a connection, by pool.", []string{"pool"}, nil)
	buildInfo = prometheus.NewDesc("usher_build_info",
		"1, labelled with the version of usher and of Go that it was built with.", []string{"version", "goversion"}, nil)
)

// Describe implements [prometheus.Collector].
func (s *standing) Describe(out chan<- *prometheus.Desc) {
	for _, d := range []*prometheus.Desc{settleLag, seatsNow, connections, connectionsMax, connectionWaits, connectionWaitSeconds, buildInfo} {
		out <- d
	}
}

// Collect implements [prometheus.Collector].
func (s *standing) Collect(out chan<- prometheus.Metric) {
	gauge := func(d *prometheus.Desc, value float64, labels ...string) {
		out <- prometheus.MustNewConstMetric(d, prometheus.GaugeValue, value, labels...)
	}
	counter := func(d *prometheus.Desc, value float64, labels ...string) {
		out <- prometheus.MustNewConstMetric(d, prometheus.CounterValue, value, labels...)
	}
	gauge(buildInfo, 1, version(), runtime.Version())
	gauge(settleLag, max(0, s.wall().Sub(*s.settled.Load()).Seconds()))
	if seats := s.seats.Load(); seats != nil {
		gauge(seatsNow, float64(seats.Live), "live")
		gauge(seatsNow, float64(seats.Pending), "pending")
	}
	for pool, stats := range s.pools() {
		gauge(connections, float64(stats.InUse), pool, "in_use")
		gauge(connections, float64(stats.Idle), pool, "idle")
		gauge(connectionsMax, float64(stats.MaxOpenConnections), pool)
		counter(connectionWaits, float64(stats.WaitCount), pool)
		counter(connectionWaitSeconds, stats.WaitDuration.Seconds(), pool)
	}
}

// version is the module's, devel where the build does not know one.
func version() string {
	info, ok := debug.ReadBuildInfo()
	if !ok || info.Main.Version == "(devel)" {
		return "devel"
	}
	return cmp.Or(info.Main.Version, "devel")
}
