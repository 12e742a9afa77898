package data

import (
	"slices"
	"strings"
	"sync"
	"sync/atomic"
)

// smallLayout is how many names are searched one by one; more are looked up in a map.
const smallLayout = 9

// Layout is the ordered list of names that the slots of a Row stand for: the fields of a struct schema, or the keys of schemaless objects (a
// shape). Layouts are interned, so that code may keep what it worked out for one by its pointer, and hold indexes instead of names.
type Layout struct {
	schema *Schema
	fields []Field
	index  map[string]int32
	// orders are those in which Java iterates over objects of the shape, as far as they were asked for; at most mostOrders of them.
	orders atomic.Pointer[[]javaOrder]
	// wanted has a bit for each of the first 64 fields whose span was decoded before.
	wanted atomic.Uint64
	// encoded says that structs of the layout were written field by field; see Encoded.
	encoded atomic.Bool
}

// Encoded remembers that an encoder wrote a struct of the layout field by field, because it had no text of it.
func (l *Layout) Encoded() {
	if !l.encoded.Load() {
		l.encoded.Store(true)
	}
}

// WasEncoded reports whether Encoded was called. A converter then had better keep the text of such structs, also of those that are Wanted, for the
// encoder may write that.
func (l *Layout) WasEncoded() bool { return l.encoded.Load() }

// Wanted reports whether somebody read what is inside a field when all that was there was its text. A converter that reads a struct of the layout
// again had better build the field's value at once.
func (l *Layout) Wanted(i int) bool { return i < 64 && l.wanted.Load()>>i&1 == 1 }

func (l *Layout) want(i int) {
	if i < 64 && l.wanted.Load()>>i&1 == 0 {
		l.wanted.Or(1 << i)
	}
}

// mostOrders is how many orders a shape remembers: that of the objects as they were read and those of their copies.
const mostOrders = 4

// javaOrder is Map.JavaOrder for one Map.JavaOrderID.
type javaOrder struct {
	id    uint16
	order []int
}

// newLayout returns the layout of a struct schema, nil for other kinds.
func newLayout(s *Schema, fields []Field) *Layout {
	if s.kind != StructKind {
		return nil
	}
	l := &Layout{schema: s, fields: fields}
	l.buildIndex()
	return l
}

func (l *Layout) buildIndex() {
	if len(l.fields) < smallLayout {
		return
	}
	l.index = make(map[string]int32, len(l.fields))
	for i := range l.fields {
		l.index[l.fields[i].Name] = int32(i)
	}
}

// Schema returns the struct schema, nil for a shape.
func (l *Layout) Schema() *Schema { return l.schema }

// Len returns how many names there are.
func (l *Layout) Len() int { return len(l.fields) }

// Name returns a name.
func (l *Layout) Name(i int) string { return l.fields[i].Name }

// Fields returns the names with their schemas, which are nil in a shape. The slice must not be changed.
func (l *Layout) Fields() []Field { return l.fields }

// Index returns the index of a name, -1 where there is none.
func (l *Layout) Index(name string) int {
	if l.index != nil {
		if i, ok := l.index[name]; ok {
			return int(i)
		}
		return -1
	}
	for i := range l.fields {
		if l.fields[i].Name == name {
			return i
		}
	}
	return -1
}

const (
	// maxShapeKeys is the most keys of a shape: objects with more usually are dictionaries, each with keys of its own.
	maxShapeKeys = 64
	// maxShapes bounds the nodes of one Shapes.
	maxShapes = 1 << 14
)

// Shapes interns the layouts of schemaless objects. It is bounded: once it is full, objects of new shapes become plain maps, which behave the
// same. Any number of goroutines may use it.
type Shapes struct {
	mu    sync.RWMutex
	root  shape
	count int
}

// shape is a node of the tree of keys: one key after those of the parent.
type shape struct {
	parent *shape
	key    string
	n      int
	next   map[string]*shape
	// hot is the child that was asked for last.
	hot    atomic.Pointer[shape]
	layout atomic.Pointer[Layout]
}

// NewShapes returns an empty Shapes.
func NewShapes() *Shapes { return &Shapes{} }

// sharedShapes serves arenas that were not given their own Shapes.
var sharedShapes = NewShapes()

// Of returns the layout of keys in their order, nil where they are too many or not distinct.
func (x *Shapes) Of(keys ...string) *Layout {
	node := &x.root
	for i, k := range keys {
		if slices.Contains(keys[:i], k) {
			return nil
		}
		next := x.child(node, k)
		if next == nil {
			next = x.grow(node, k)
		}
		if node = next; node == nil {
			return nil
		}
	}
	return x.layoutOf(node)
}

// child returns the known shape with one more key, nil where there is none.
func (x *Shapes) child(node *shape, key string) *shape {
	if hot := node.hot.Load(); hot != nil && hot.key == key {
		return hot
	}
	x.mu.RLock()
	next := node.next[key]
	x.mu.RUnlock()
	if next != nil {
		node.hot.Store(next)
	}
	return next
}

// grow makes the shape with one more key, nil where there is no room for it. The caller knows that the key is new to the shape.
func (x *Shapes) grow(node *shape, key string) *shape {
	if node.n >= maxShapeKeys {
		return nil
	}
	x.mu.Lock()
	defer x.mu.Unlock()
	if next := node.next[key]; next != nil {
		return next
	}
	if x.count >= maxShapes {
		return nil
	}
	x.count++
	if node.next == nil {
		node.next = map[string]*shape{}
	}
	// The key may be a view of a record's buffer, which a shape must not keep alive.
	key = strings.Clone(key)
	next := &shape{parent: node, key: key, n: node.n + 1}
	node.next[key] = next
	return next
}

func (x *Shapes) layoutOf(node *shape) *Layout {
	if l := node.layout.Load(); l != nil {
		return l
	}
	x.mu.Lock()
	defer x.mu.Unlock()
	if l := node.layout.Load(); l != nil {
		return l
	}
	l := &Layout{fields: make([]Field, node.n)}
	for n := node; n.n > 0; n = n.parent {
		l.fields[n.n-1] = Field{Name: n.key, Index: n.n - 1}
	}
	l.buildIndex()
	node.layout.Store(l)
	return l
}
