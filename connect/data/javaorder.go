package data

// JavaOrderID tells apart maps of one layout that Java iterates over in different orders: two maps with the same Row().Layout() and the same
// JavaOrderID have the same JavaOrder.
func (m *Map) JavaOrderID() uint16 { return uint16(m.class&classMask) | uint16(m.buckets)<<8 }
