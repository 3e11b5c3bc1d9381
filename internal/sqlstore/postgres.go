package sqlstore

import (
	"context"
	"database/sql"
	"database/sql/driver"
	"errors"
	"fmt"
	"io"
	"net"
	"net/url"
	"strconv"
	"strings"
	"time"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgconn"
	"github.com/jackc/pgx/v5/stdlib"
	"github.com/pressly/goose/v3"
	"github.com/pressly/goose/v3/lock"
)

// IsPostgres says whether the name of a database is a PostgreSQL URL.
func IsPostgres(database string) bool {
	return strings.HasPrefix(database, "postgres://") || strings.HasPrefix(database, "postgresql://")
}

// postgresDialect: writers lock the rows of their accounts. A locking statement sees what
// was committed when it got its lock, and so does each one after it (READ COMMITTED);
// what it protects stays as it is until the end. Every such statement also takes a share
// of a lock on the table, and lockWorld all of it.
func postgresDialect() dialect {
	return dialect{
		intSet:    jsonSet("(SELECT CAST(value AS BIGINT) AS value FROM json_array_elements_text(CAST($ AS json)))"),
		textSet:   jsonSet("(SELECT value FROM json_array_elements_text(CAST($ AS json)))"),
		among:     func(column, set string) string { return column + " = ANY (ARRAY" + set + ")" },
		by:        func(string) string { return "" },
		place:     func(n int) string { return "$" + strconv.Itoa(n) },
		load:      loadPostgres,
		forUpdate: " FOR UPDATE",
		lockWorld: []string{
			`LOCK TABLE accounts IN EXCLUSIVE MODE`,
			// Whoever loads a large world thinks for seconds between two statements.
			`SET LOCAL idle_in_transaction_session_timeout = '1min'`,
		},
		wall:     "CAST(EXTRACT(EPOCH FROM clock_timestamp()) * 1000000 AS BIGINT)",
		viewing:  &sql.TxOptions{ReadOnly: true, Isolation: sql.LevelRepeatableRead},
		updating: &sql.TxOptions{Isolation: sql.LevelReadCommitted},
		size:     `SELECT CAST(reltuples AS BIGINT) FROM pg_catalog.pg_class WHERE oid = CAST(CAST($1 AS TEXT) AS regclass)`,
		analyze:  `ANALYZE (SKIP_LOCKED) `,
		// What an extension has brought along is nobody's data.
		tables: `SELECT COUNT(*), COUNT(*) FILTER (WHERE c.relname = $1) FROM pg_catalog.pg_class c
			WHERE c.relnamespace = CAST(CURRENT_SCHEMA AS regnamespace) AND c.relkind IN ('r', 'p', 'v', 'm', 'f')
			AND NOT EXISTS (SELECT 1 FROM pg_catalog.pg_depend d
				WHERE d.classid = CAST('pg_class' AS regclass) AND d.objid = c.oid AND d.deptype = 'e')`,
		schema:     goose.DialectPostgres,
		appendOnly: appendOnlyPostgres,
		judge:      judgePostgres,
	}
}

// loadPostgres inserts by COPY, in a third of the time.
func loadPostgres(ctx context.Context, driver any, table string, columns []string, rows [][]any) error {
	conn, ok := driver.(*stdlib.Conn)
	if !ok {
		return fmt.Errorf("the PostgreSQL driver's connection is a %T", driver)
	}
	_, err := conn.Conn().CopyFrom(ctx, pgx.Identifier{table}, columns, pgx.CopyFromRows(rows))
	return err
}

// unreachable is what clients read, and the beginning of what an administrator does.
const unreachable = "The database server cannot be reached."

// judgeOpening is judgePostgres for who has just named the database.
func judgeOpening(err error) (verdict, string) {
	judged, message := judgePostgres(err)
	if message == unreachable {
		message += " Is it running, and are host and port right?"
	}
	return judged, message
}

// judgePostgres goes by the SQLSTATE, and without one by what has become of the
// connection.
func judgePostgres(err error) (verdict, string) {
	var state *pgconn.PgError
	var connect *pgconn.ConnectError
	var network net.Error
	switch {
	case errors.As(err, &state):
		return judgeState(state.Code)
	case errors.Is(err, errStandby):
		return refused, "The database server is a standby, which only reads: name the primary, or all servers."
	case errors.As(err, &connect):
		return refused, unreachable
	case errors.As(err, &network), errors.Is(err, io.EOF), errors.Is(err, io.ErrUnexpectedEOF),
		errors.Is(err, driver.ErrBadConn), errors.Is(err, sql.ErrConnDone), errors.Is(err, net.ErrClosed),
		pgconn.SafeToRetry(err):
		return lost, "The connection to the database server was lost."
	}
	return fault, ""
}

// judgeState goes by PostgreSQL's list of error codes (its manual's appendix A).
func judgeState(code string) (verdict, string) {
	switch code {
	case "40001", "40P01": // serialization failure, deadlock
		return conflict, "The database is busy: other changes came in between."
	case "57P01", "57P02", "57P05": // the server or an administrator ends the connection; idle too long
		return lost, "The database server has ended the connection."
	case "57P03":
		return refused, "The database server is starting or stopping."
	case "57014", "55P03", "25P03", "25P04": // statement timeout, lock timeout, the transaction's
		return refused, "The database did not answer in time."
	case "25006":
		return refused, "The database cannot be written to: the server is a standby or read-only."
	case "53100":
		return refused, "The database cannot grow: the disk that holds it is full."
	case "53300":
		return refused, "The database server has no connection left: raise its max_connections, or lower pool_max_conns."
	case "3D000", "3F000", "42501", "42P01":
		return refused, "The database or its tables are not there, or not permitted to this role."
	}
	switch code[:2] {
	case "08":
		return lost, "The connection to the database server was lost."
	case "28":
		return refused, "The database server does not let this role in."
	case "53":
		return refused, "The database server is out of memory, disk or connections."
	case "58":
		return refused, "The database server's disk or system reports an error."
	}
	return fault, ""
}

// The settings of a URL that are usher's and not the server's.
const (
	poolSetting     = "pool_max_conns"
	defaultPoolSize = 16
	leastPoolSize   = 2
)

// oldestPostgres is the first major version that the tests have run on.
const oldestPostgres = 15

// postgres is a PostgreSQL database that is being opened.
type postgres struct {
	name    string // its URL without the password
	config  *pgx.ConnConfig
	size    int           // of the pools together
	prompt  time.Duration // within which a server answers that is there, however long its locks are waited for
	options Options
}

func openPostgres(ctx context.Context, address string, options Options) (*Store, error) {
	p, err := parsePostgres(address, options)
	if err != nil {
		return nil, err
	}
	if _, err := p.migrate(ctx); err != nil {
		return nil, explain(p.name, err, judgeOpening)
	}
	// Writers that wait for a lock keep their connections; readers have others.
	return &Store{
		options: options,
		dialect: postgresDialect(),
		writer:  p.pool(p.size/2, p.session),
		readers: p.pool(p.size-p.size/2, p.session),
		there:   func() error { return nil }, // the server sees to its files
	}, nil
}

func parsePostgres(address string, options Options) (*postgres, error) {
	location, err := url.Parse(address)
	if err != nil {
		return nil, errors.New("open database: the PostgreSQL URL cannot be read; it looks like postgres://USER@HOST:5432/DATABASE, with special characters of a password percent-encoded")
	}
	p := &postgres{
		name: PublicName(address), size: defaultPoolSize, options: options,
		prompt: min(options.Patience/2, mostPrompt),
	}
	settings := location.Query()
	if text := settings.Get(poolSetting); text != "" {
		if p.size, err = strconv.Atoi(text); err != nil || p.size < leastPoolSize || p.size > 10_000 {
			return nil, refuse(p.name, "%s=%s is not a number of connections from %d to 10000", poolSetting, text, leastPoolSize)
		}
		settings.Del(poolSetting)
		location.RawQuery = settings.Encode()
	}
	if p.config, err = pgx.ParseConfig(location.String()); err != nil {
		return nil, refuse(p.name, "%s", err)
	}
	// Each address has a share of the time in which one of them must answer.
	share := max(p.prompt/time.Duration(1+len(p.config.Fallbacks)), leastConnectTimeout)
	if p.config.ConnectTimeout == 0 || p.config.ConnectTimeout > share {
		p.config.ConnectTimeout = share
	}
	// Asked of each connection: a name may lead elsewhere by the time that it is made.
	if p.config.ValidateConnect == nil {
		p.config.ValidateConnect = refuseStandby
	}
	if p.config.RuntimeParams["application_name"] == "" {
		p.config.RuntimeParams["application_name"] = "usher"
	}
	return p, nil
}

// mostPrompt bounds how long a connection may take to be there, however patient a
// transaction is: who starts a server is not to wait a minute for one that is not there.
const mostPrompt = 4 * time.Second

// leastConnectTimeout is long enough for a server in the same region.
const leastConnectTimeout = 250 * time.Millisecond

// errStandby is why a server is passed over: what it shows may be old.
var errStandby = errors.New("the server is a standby, which only reads")

// refuseStandby has pgx try the next address, if there is one.
func refuseStandby(ctx context.Context, conn *pgconn.PgConn) error {
	if err := pgconn.ValidateConnectTargetSessionAttrsPrimary(ctx, conn); err != nil {
		return errors.Join(errStandby, err)
	}
	return nil
}

// PublicName is a database's name without a password that may stand in it.
func PublicName(database string) string {
	if !IsPostgres(database) {
		return database
	}
	location, err := url.Parse(database)
	if err != nil {
		return "postgres://…"
	}
	settings, hidden := location.Query(), false
	for setting := range settings {
		// "password", and "sslpassword", which opens a key; also where its case is wrong.
		if strings.Contains(strings.ToLower(setting), "password") {
			settings.Set(setting, "xxxxx")
			hidden = true
		}
	}
	if hidden {
		location.RawQuery = settings.Encode()
	}
	return location.Redacted()
}

func (p *postgres) pool(size int, prepare func(context.Context, *pgx.Conn) error) *sql.DB {
	db := stdlib.OpenDB(*p.config, stdlib.OptionAfterConnect(prepare), stdlib.OptionShouldPing(p.stale))
	db.SetMaxOpenConns(size)
	db.SetMaxIdleConns(size)
	db.SetConnMaxLifetime(30 * time.Minute) // so that a server that has moved is found
	return db
}

// idleTime is how long a connection may idle before it must answer to be used.
const idleTime = time.Second

// stale says whether a connection has idled and does not answer at once. It is closed
// then, and the driver finds it so: after a network has stalled, each connection of a pool
// is like that, and a transaction would lose all its patience on the first.
func (p *postgres) stale(ctx context.Context, about stdlib.ShouldPingParams) bool {
	if about.IdleDuration < idleTime {
		return false
	}
	ctx, cancel := context.WithTimeout(ctx, p.prompt/4)
	defer cancel()
	return about.Conn.Ping(ctx) != nil
}

// session sets what holds for every statement of a connection. What is acknowledged has
// been flushed to disk, whatever the server's default; what the client has given up ends
// on the server too, with its locks. Each statement is written for its indexes, and is
// planned once, for any arguments: a plan that was made while a table was small must not
// read all of it when it has grown. A bitmap has no order, and so has to be read and sorted
// whole before a page's limit ends it; what is sorted by the beginning of an order alone may be
// one account's whole table. Nothing but statistics, which a database may never have, would tell
// that an index in the page's own order is better.
func (p *postgres) session(ctx context.Context, conn *pgx.Conn) error {
	ctx, cancel := context.WithTimeout(ctx, p.prompt)
	defer cancel()
	_, err := conn.Exec(ctx, `SELECT
		set_config('statement_timeout', $1, FALSE),
		set_config('idle_in_transaction_session_timeout', $1, FALSE),
		set_config('plan_cache_mode', 'force_generic_plan', FALSE),
		set_config('enable_seqscan', 'off', FALSE), set_config('enable_hashjoin', 'off', FALSE),
		set_config('enable_mergejoin', 'off', FALSE),
		set_config('enable_bitmapscan', 'off', FALSE), set_config('enable_incremental_sort', 'off', FALSE),
		set_config('jit', 'off', FALSE),
		set_config('synchronous_commit', CASE current_setting('synchronous_commit')
			WHEN 'off' THEN 'on' ELSE current_setting('synchronous_commit') END, FALSE)`,
		strconv.FormatInt(p.options.Patience.Milliseconds(), 10))
	if err != nil {
		return errors.Join(err, conn.Close(ctx)) // no pool has it yet
	}
	return nil
}

// schemaLock is the session lock under which replicas that start together bring the
// schema up to date, each waiting for the one before: tried every second, for two minutes.
const (
	schemaLock         = 0x7573686572 // "usher"
	schemaLockAttempts = 120
)

// migrationPatience is how long bringing the schema up to date may take: a large table's
// new index takes its time.
const migrationPatience = 10 * time.Minute

// migrate has a connection of its own, so that the pools begin with the final schema.
func (p *postgres) migrate(ctx context.Context) (applied []Migration, err error) {
	m := p.migration()
	defer func() { err = errors.Join(err, m.db.Close()) }()
	locker, err := lock.NewPostgresSessionLocker(lock.WithLockID(schemaLock), lock.WithLockTimeout(1, schemaLockAttempts), lock.WithUnlockTimeout(1, 1))
	if err != nil {
		return nil, err
	}
	m.options = []goose.ProviderOption{goose.WithSessionLocker(promptLocker{locker, p.prompt})}
	schema, err := p.inspect(ctx, m)
	if err != nil || len(schema.Pending) == 0 {
		return nil, err
	}
	m.begin(schema)
	ctx, cancel := context.WithTimeout(ctx, migrationPatience)
	defer cancel()
	return m.up(ctx)
}

// migration opens the database for what is done about its schema.
func (p *postgres) migration() migration {
	return migration{
		name: p.name, db: p.pool(2, func(context.Context, *pgx.Conn) error { return nil }), dialect: postgresDialect(),
		mustExist: p.options.MustExist, begins: p.options.Migrating,
		elsewhere: "create a database for usher alone, or a schema, and name it with ?search_path=SCHEMA",
	}
}

// inspectPostgres is [Inspect] of a PostgreSQL database.
func inspectPostgres(ctx context.Context, address string, options Options) (schema Schema, err error) {
	p, err := parsePostgres(address, options)
	if err != nil {
		return schema, err
	}
	m := p.migration()
	defer func() { err = errors.Join(err, m.db.Close()) }()
	if schema, err = p.inspect(ctx, m); err != nil {
		return schema, explain(p.name, err, judgeOpening)
	}
	return schema, nil
}

// inspect says how far the schema is, or refuses the server or the database.
func (p *postgres) inspect(ctx context.Context, m migration) (Schema, error) {
	ctx, cancel := context.WithTimeout(ctx, DefaultPatience)
	defer cancel()
	if err := p.inspectServer(ctx, m.db); err != nil {
		return Schema{}, err
	}
	return m.inspect(ctx)
}

// promptLocker gives its lock back in good time: the library asks for that without a
// deadline, also where the server does not answer. The lock goes with its connection.
type promptLocker struct {
	lock.SessionLocker
	patience time.Duration
}

// SessionUnlock implements lock.SessionLocker.
func (l promptLocker) SessionUnlock(ctx context.Context, conn *sql.Conn) error {
	ctx, cancel := context.WithTimeout(ctx, l.patience)
	defer cancel()
	return l.SessionLocker.SessionUnlock(ctx, conn)
}

// inspectServer refuses a server or database that usher cannot work with.
func (p *postgres) inspectServer(ctx context.Context, db *sql.DB) error {
	var version int
	var encoding string
	var schema sql.NullString
	err := db.QueryRowContext(ctx, `SELECT CAST(current_setting('server_version_num') AS INT),
		current_setting('server_encoding'), CURRENT_SCHEMA`).Scan(&version, &encoding, &schema)
	switch {
	case err != nil:
		return fmt.Errorf("connect: %w", err)
	case version/10_000 < oldestPostgres:
		return refuse(p.name, "the server is PostgreSQL %d and usher needs %d or newer; upgrade it", version/10_000, oldestPostgres)
	case encoding != "UTF8":
		return refuse(p.name, "its encoding is %s and usher needs UTF8; create it anew with ENCODING 'UTF8' TEMPLATE template0", encoding)
	case !schema.Valid:
		return refuse(p.name, "no schema of its search_path exists; create one first")
	}
	return nil
}
