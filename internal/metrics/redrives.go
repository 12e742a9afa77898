package metrics

import (
	"sync"

	"github.com/prometheus/client_golang/prometheus"
)

// Redrives counts dead letters that were redriven by this worker.
type Redrives struct {
	// Exists tells whether there is a connector of a name. It must not block.
	exists func(connector string) bool
	mu     sync.Mutex
	fates  map[string]map[string]int64
}

// NewRedrives makes the counts, which are shown for connectors that exist. exists must not block.
func NewRedrives(exists func(connector string) bool) *Redrives {
	return &Redrives{exists: exists, fates: map[string]map[string]int64{}}
}

// Add counts letters of a connector by what became of them.
func (r *Redrives) Add(connector, fate string, n int) {
	if n == 0 {
		return
	}
	r.mu.Lock()
	defer r.mu.Unlock()
	of := r.fates[connector]
	if of == nil {
		of = map[string]int64{}
		r.fates[connector] = of
	}
	of[fate] += int64(n)
}

var redrivenTotal = prometheus.NewDesc("moldau_redriven_letters_total", "Dead letters that a redrive on this worker met, by what became of them.", []string{"connector", "fate"}, nil)

// Beans gives nothing: Java has no redrives.
func (r *Redrives) Beans(func(Bean)) {}

func (r *Redrives) extras(out chan<- prometheus.Metric) {
	r.mu.Lock()
	defer r.mu.Unlock()
	for connector, of := range r.fates {
		if !r.exists(connector) {
			delete(r.fates, connector)
			continue
		}
		for fate, n := range of {
			out <- counter(redrivenTotal, n, connector, fate)
		}
	}
}
