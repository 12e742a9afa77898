package javafmt

// setZone sets the offset from UTC in minutes.
func (p *dateParser) setZone(minutes int) {
	p.fields.set(fieldZoneOffset, int32(minutes*60_000))
	p.fields.set(fieldDstOffset, 0)
}

// signAt returns 1 or -1 for a sign, else 0.
func (p *dateParser) signAt(at int) int {
	if at < len(p.text) {
		switch p.text[at] {
		case '+':
			return 1
		case '-':
			return -1
		}
	}
	return 0
}

// isoZone reads an X field: Z, or a sign with hours, hours and minutes, or these with a colon, by the count of letters.
func (p *dateParser) isoZone(count int) bool {
	if p.text[p.at] == 'Z' {
		p.at++
		p.setZone(0)
		return true
	}
	sign := p.signAt(p.at)
	return sign != 0 && p.offset(p.at+1, sign, count, count == 3)
}

// zoneField reads a z or Z field: an offset with a sign, GMT with or without one, or the name of a zone.
func (p *dateParser) zoneField(start int) bool {
	if sign := p.signAt(p.at); sign != 0 {
		return p.offset(p.at+1, sign, 0, false)
	}
	if c := p.text[p.at]; (c == 'G' || c == 'g') && p.matches(start, "GMT") {
		sign := p.signAt(start + 3)
		if sign == 0 {
			p.at = start + 3
			p.setZone(0)
			return true
		}
		return p.offset(start+4, sign, 0, true)
	}
	return p.zoneName()
}

// offset reads hh, hhmm or hh:mm. With a colon and no count (behind GMT) one digit of hours will do.
func (p *dateParser) offset(at, sign, count int, colon bool) bool {
	digit := func() int {
		if at < len(p.text) && p.text[at] >= '0' && p.text[at] <= '9' {
			at++
			return int(p.text[at-1] - '0')
		}
		return -1
	}
	hours := digit()
	if hours < 0 || at >= len(p.text) {
		return false
	}
	if d := digit(); d >= 0 {
		hours = 10*hours + d
	} else if count > 0 || !colon {
		return false
	}
	if hours > 23 {
		return false
	}
	minutes := 0
	if count != 1 {
		if colon {
			if at >= len(p.text) || p.text[at] != ':' {
				return false
			}
			at++
		}
		tens, ones := digit(), digit()
		if tens < 0 || ones < 0 || tens > 5 {
			return false
		}
		minutes = 10*tens + ones
	}
	p.at = at
	p.setZone(sign * (60*hours + minutes))
	return true
}

// zoneName reads the name of a zone and makes it the zone of the format: first a name of the present zone, then of any.
func (p *dateParser) zoneName() bool {
	zone := p.format.zone
	if _, named := namesByID()[zone.id]; named {
		if i := p.matchZone(&zone.names); i >= 0 {
			p.takeZone(zone, i)
			return true
		}
	}
	for _, z := range namedZones() {
		if i := p.matchZone(&z.zoneNames); i >= 0 {
			p.takeZone(LoadZone(z.ids[0]), i)
			return true
		}
	}
	return false
}

func (p *dateParser) matchZone(z *zoneNames) int {
	for i, name := range z.names {
		if p.matches(p.at, name) {
			return i
		}
	}
	return -1
}

// takeZone notes the zone whose i-th name was read. Where that name says whether daylight time holds, it does so even against the rules of the zone.
func (p *dateParser) takeZone(zone *Zone, i int) {
	names := &zone.names
	p.at += Length(names.names[i])
	p.format.zone = zone
	same := i < 2 && foldEqual(names.names[i], names.names[i+2])
	savings := 0
	if i >= 2 {
		savings = names.savings
	}
	if same || i >= 2 && savings == 0 {
		return
	}
	p.fields.clear(fieldZoneOffset)
	p.fields.set(fieldDstOffset, int32(savings))
}

func foldEqual(a, b string) bool {
	p := dateParser{text: EncodeUTF16(a)}
	return Length(a) == Length(b) && p.matches(0, b)
}
