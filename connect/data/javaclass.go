package data

import (
	"math/bits"

	"github.com/moldau/moldau/internal/javafmt"
)

// Numbers of the Java collections a list or map may stand for; 0 is the usual one.
const (
	classHashMap = iota + 1
	classLinkedHashMap
	classSingletonMap
	classMap1
	classMapN
	classArraysList
	classList12
	classListN
	classSingletonList
)

var javaClasses = [...]string{
	classHashMap:       "java.util.HashMap",
	classLinkedHashMap: "java.util.LinkedHashMap",
	classSingletonMap:  "java.util.Collections$SingletonMap",
	classMap1:          "java.util.ImmutableCollections$Map1",
	classMapN:          "java.util.ImmutableCollections$MapN",
	classArraysList:    "java.util.Arrays$ArrayList",
	classList12:        "java.util.ImmutableCollections$List12",
	classListN:         "java.util.ImmutableCollections$ListN",
	classSingletonList: "java.util.Collections$SingletonList",
}

func javaClassNumber(name string) uint8 {
	for i, n := range javaClasses {
		if n == name {
			return uint8(i)
		}
	}
	return 0
}

// JavaClass records which Java class the map stands for, where a message may name it. Classes not known are left out. The order of maps other
// than a HashMap is that of insertion.
func (b *MapBuilder) JavaClass(name string) {
	if c := javaClassNumber(name); c != 0 {
		b.class = b.class&^classMask | c
	}
}

// JavaClass records which Java class the list stands for, where a message may name it. Classes not known are left out.
func (b *ListBuilder) JavaClass(name string) { b.class = javaClassNumber(name) }

// JavaClass returns the class that Java would hold the value in, as getClass().getName() gives it; "" for null.
func (v Value) JavaClass() string {
	switch v.Kind() {
	case BytesKind:
		if v.Buffer() != nil {
			return "java.nio.HeapByteBuffer"
		}
	case ListKind, MapKind:
		if c := (*Row)(v.p).class & classMask; c != 0 {
			return javaClasses[c]
		}
	case ForeignKind:
		return v.Foreign().Class
	}
	return kindClass(v.Kind())
}

// kindClass returns the class that Java usually holds values of a kind in.
func kindClass(k Kind) string {
	return [...]string{BoolKind: "java.lang.Boolean", Int8Kind: "java.lang.Byte", Int16Kind: "java.lang.Short", Int32Kind: "java.lang.Integer",
		Int64Kind: "java.lang.Long", Float32Kind: "java.lang.Float", Float64Kind: "java.lang.Double", StringKind: "java.lang.String",
		BytesKind: "[B", ListKind: "java.util.ArrayList", MapKind: "java.util.HashMap", StructKind: "org.apache.kafka.connect.data.Struct",
		DecimalKind: "java.math.BigDecimal", DateKind: "java.util.Date", TimeKind: "java.util.Date", TimestampKind: "java.util.Date",
		spanKind: ""}[k]
}

// tableSizeLog returns what Row.buckets holds for a HashMap's initial capacity: 0 for the default, else one more than the logarithm.
func tableSizeLog(capacity int) uint8 {
	switch {
	case capacity == javafmt.DefaultCapacity:
		return 0
	case capacity <= 1:
		return 1
	}
	return uint8(bits.Len(uint(capacity-1)) + 1)
}

// JavaOrder returns the order in which Java iterates over the map, as indexes of entries: the order of a HashMap where Java holds it in one
// (also where nothing was recorded when it was built), that of insertion for other classes. Use it wherever Java's order can be seen outside:
// in keys, offsets and texts. The slice must not be changed.
func (m *Map) JavaOrder() []int {
	if m == nil || m.layout == nil {
		return m.computeJavaOrder()
	}
	// Objects of one shape come by the thousand.
	id := m.JavaOrderID()
	if known := m.layout.orders.Load(); known != nil {
		for i := range *known {
			if o := &(*known)[i]; o.id == id {
				return o.order
			}
		}
	}
	return m.learnJavaOrder(id)
}

func (m *Map) learnJavaOrder(id uint16) []int {
	known := []javaOrder{{id: id, order: m.computeJavaOrder()}}
	if before := m.layout.orders.Load(); before != nil {
		known = append(known, (*before)[:min(len(*before), mostOrders-1)]...)
	}
	m.layout.orders.Store(&known)
	return known[0].order
}

func (m *Map) computeJavaOrder() []int {
	n := m.Len()
	order := make([]int, 0, n)
	if n > 0 && m.class&classMask > classHashMap || n < 2 {
		for i := range n {
			order = append(order, i)
		}
		return order
	}
	capacity := javafmt.DefaultCapacity
	if m.buckets > 0 {
		capacity = 1 << (m.buckets - 1)
	}
	if m.StringKeys() {
		keys := make([]string, n)
		for i := range keys {
			keys[i], _ = m.Key(i).Text()
		}
		return javafmt.HashOrder(keys, capacity)
	}
	table := javafmt.NewHashMap[Value, int](javafmt.Keys[Value]{Hash: Value.JavaHash, Compare: compareKeys}, capacity)
	for i := range n {
		table.Put(m.Key(i), i)
	}
	for _, i := range table.All {
		order = append(order, i)
	}
	return order
}
