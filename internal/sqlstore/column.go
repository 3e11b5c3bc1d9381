package sqlstore

import (
	"fmt"
	"time"

	"github.com/usher-seats/usher"
)

// accountKey is an account as the account columns hold it.
func accountKey(ref usher.AccountRef) int64 { return ref.ID*2 + int64(ref.Kind) }

// accountRef is the account that a key stands for.
func accountRef(key int64) usher.AccountRef {
	return usher.AccountRef{Kind: usher.AccountKind(key & 1), ID: key >> 1}
}

func enterpriseKey(id int64) int64 { return accountKey(usher.EnterpriseRef(id)) }

// accountColumn reads an account column.
type accountColumn usher.AccountRef

// Scan implements sql.Scanner.
func (c *accountColumn) Scan(value any) error {
	key, ok := value.(int64)
	if !ok {
		return fmt.Errorf("an account is a number, not a %T", value)
	}
	*c = accountColumn(accountRef(key))
	return nil
}

// micros is an instant as a column holds it: NULL for the zero time.
func micros(t time.Time) any {
	if t.IsZero() {
		return nil
	}
	return t.UnixMicro()
}

// microsKey is an instant as a key column holds it: 0 for the zero time.
func microsKey(t time.Time) int64 {
	if t.IsZero() {
		return 0
	}
	return t.UnixMicro()
}

// instant reads a column of microseconds into a time. A microsKey of 0 is the zero time.
type instant time.Time

// Scan implements sql.Scanner.
func (i *instant) Scan(value any) error {
	switch v := value.(type) {
	case nil:
		*i = instant{}
	case int64:
		*i = instant(time.UnixMicro(v).UTC())
	default:
		return fmt.Errorf("an instant is a number of microseconds, not a %T", value)
	}
	return nil
}

// instantKey is instant for a key column.
type instantKey time.Time

// Scan implements sql.Scanner.
func (i *instantKey) Scan(value any) error {
	if value == int64(0) {
		value = nil
	}
	return (*instant)(i).Scan(value)
}
