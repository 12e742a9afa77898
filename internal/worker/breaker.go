package worker

import (
	"fmt"
	"strconv"
	"sync"
	"time"

	"github.com/moldau/moldau/internal/javafmt"
)

// breaker fails a task that skips too many records (errors.max.rate). It counts in a window of slots that slides by whole slots, so that what
// it remembers reaches back between nine tenths of the window and all of it.
type breaker struct {
	mu      sync.Mutex
	slots   [breakerSlots]breakerSlot
	at      int
	since   time.Time // begin of the slot in use
	records int64     // in all slots
	errors  int64
}

const breakerSlots = 10

type breakerSlot struct{ records, errors int64 }

// saw counts records that the task begins to work on.
func (o *operator) saw(n int) {
	b := &o.breaker
	if !o.limited() || n == 0 {
		return
	}
	b.mu.Lock()
	defer b.mu.Unlock()
	b.slide(o.settings.maxRateWindow)
	b.slots[b.at].records += int64(n)
	b.records += int64(n)
}

// limited says whether there is a limit to what errors.tolerance=all skips.
func (o *operator) limited() bool { return o.settings.limited && o.settings.toleranceAll }

// oneMore counts a record that is to be skipped; the error says that it is one too many.
func (o *operator) oneMore(cause error) error {
	b, s := &o.breaker, &o.settings
	if !o.limited() {
		return nil
	}
	b.mu.Lock()
	defer b.mu.Unlock()
	b.slide(s.maxRateWindow)
	b.slots[b.at].errors++
	b.errors++
	if b.records < s.maxRateLeast || float64(b.errors)*100 <= s.maxRate*float64(b.records) {
		return nil
	}
	return javafmt.NewException(javafmt.ConnectException, fmt.Sprintf("errors.max.rate: %d of the last %d records, within %s, could not be processed, which is more than %s%%; "+
		"the task stops although errors.tolerance=all. See the cause, repair what makes records fail or raise errors.max.rate, then restart the task",
		b.errors, b.records, s.maxRateWindow, strconv.FormatFloat(s.maxRate, 'f', -1, 64)), cause)
}

// slide forgets what is older than the window; b.mu is held.
func (b *breaker) slide(window time.Duration) {
	if b.since.IsZero() {
		b.since = time.Now()
	}
	slot := window / breakerSlots
	passed := time.Since(b.since) / slot
	if passed <= 0 {
		return
	}
	b.since = b.since.Add(passed * slot)
	for range min(passed, breakerSlots) {
		b.at = (b.at + 1) % breakerSlots
		b.records -= b.slots[b.at].records
		b.errors -= b.slots[b.at].errors
		b.slots[b.at] = breakerSlot{}
	}
}
