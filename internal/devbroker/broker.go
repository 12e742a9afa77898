package devbroker

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strconv"
	"sync"

	"github.com/twmb/franz-go/pkg/kfake"
)

// parkedCleaner is a log.cleaner.backoff.ms of 31 years: kfake's compaction can lose committed records (B2, B3), so it must not run.
const parkedCleaner = "1000000000000"

// Broker is a running embedded broker.
type Broker struct {
	cfg     Config
	addr    string
	cluster *kfake.Cluster
	log     *kfakeLog
	lock    *dirLock

	// mu guards the use of cluster: its administrative calls block for ever once it is closed.
	mu     sync.RWMutex
	closed bool

	ready chan struct{} // closed once cluster is set
	stop  chan struct{}
	done  sync.WaitGroup
}

// Start opens or creates the data directory, binds the port and serves. The context bounds the start only; Close ends the broker.
// A taken port is reported as *PortTakenError, a data directory that another process uses as *DirInUseError.
func Start(ctx context.Context, cfg Config) (*Broker, error) {
	cfg, err := cfg.withDefaults()
	if err != nil {
		return nil, err
	}
	b := &Broker{cfg: cfg, ready: make(chan struct{}), stop: make(chan struct{}), log: &kfakeLog{logger: cfg.Logger}}
	if cfg.Dir != "" {
		if err := os.MkdirAll(cfg.Dir, 0o755); err != nil {
			return nil, fmt.Errorf("embedded broker: data directory: %w", err)
		}
		if b.lock, err = lockDir(cfg.Dir); err != nil {
			return nil, err
		}
	}
	if err := b.start(ctx); err != nil {
		b.lock.release()
		return nil, err
	}
	return b, nil
}

func (b *Broker) start(ctx context.Context) error {
	cfg := b.cfg
	if cfg.Dir != "" {
		if err := repairDir(cfg.Dir, cfg.Logger); err != nil {
			return fmt.Errorf("embedded broker: data directory %s: %w", cfg.Dir, err)
		}
	}
	ln, err := b.listen(ctx, cfg.Addr)
	if err != nil {
		return err
	}
	b.addr = ln.Addr().String()
	opts := []kfake.Opt{
		kfake.NumBrokers(1),
		kfake.ClusterID(newClusterID()),
		kfake.DefaultNumPartitions(int(cfg.Partitions)),
		kfake.WithLogger(b.log),
		kfake.ListenFn(b.listenFn(ln)),
		kfake.BrokerConfigs(b.brokerConfigs()),
	}
	if cfg.Dir != "" {
		opts = append(opts, kfake.DataDir(cfg.Dir))
	}
	if b.cluster, err = kfake.NewCluster(append(opts, cfg.Options...)...); err != nil {
		return errors.Join(fmt.Errorf("embedded broker: data directory %s: %w", cfg.Dir, err), ln.Close())
	}
	close(b.ready)
	if cfg.Dir == "" {
		return nil
	}
	// The windows are those of the last clean stop and now loaded. Left on disk they would be believed again after a kill -9, and
	// producers that outlived it would be refused for sequences the broker had accepted meanwhile.
	if err := os.Remove(filepath.Join(cfg.Dir, "seq_windows.json")); err != nil && !errors.Is(err, os.ErrNotExist) {
		b.cluster.Close()
		return fmt.Errorf("embedded broker: sequence windows: %w", err)
	}
	b.done.Go(b.enforceRetention)
	return nil
}

// brokerConfigs are the broker-wide settings that no client may change (see brokerconfig.go).
func (b *Broker) brokerConfigs() map[string]string {
	return map[string]string{
		"log.cleaner.backoff.ms":     parkedCleaner,
		"log.retention.bytes":        strconv.FormatInt(b.cfg.RetentionBytes, 10),
		"default.replication.factor": "1",
	}
}

// Addr is the advertised host:port, the bootstrap address of clients.
func (b *Broker) Addr() string { return b.addr }

// Cluster gives tests kfake's hooks: faults, control functions, group and partition state. Its Compact and ApplyRetention are not
// safe for data that matters, and none of its methods may be called after Close.
func (b *Broker) Cluster() *kfake.Cluster { return b.cluster }

// Close stops serving, saves the state that makes the next start exact, and releases the data directory. Open connections are cut.
// It may be called more than once.
func (b *Broker) Close() error {
	b.mu.Lock()
	if b.closed {
		b.mu.Unlock()
		return nil
	}
	b.closed = true
	b.mu.Unlock()
	close(b.stop)
	b.done.Wait()
	b.log.startClosing()
	b.cluster.Close()
	err := b.log.closeError()
	if err == nil && b.cfg.Dir != "" {
		err = os.Remove(filepath.Join(b.cfg.Dir, running))
	}
	b.lock.release()
	if err != nil {
		return fmt.Errorf("embedded broker: stop: %w", err)
	}
	return nil
}

// admin calls fn unless the broker is closed, and says whether it did.
func (b *Broker) admin(fn func(c *kfake.Cluster)) bool {
	b.mu.RLock()
	defer b.mu.RUnlock()
	if b.closed {
		return false
	}
	fn(b.cluster)
	return true
}
