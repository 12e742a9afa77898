package javafmt

import "testing"

func FuzzDates(f *testing.F) {
	f.Add("yyyy-MM-dd'T'HH:mm:ss.SSSX", "2020-09-13T12:26:40.123Z")
	f.Add("yyMMdd z", "200913 PST")
	f.Add("YYYY-ww-u G zzzz", "2020-37-9 BC GMT+3:00")
	f.Add("EEE MMM dd HH:mm:ss zzz yyyy", "Sun Sep 13 12:26:40 CEST 2020")
	f.Fuzz(func(t *testing.T, pattern, text string) {
		d, err := NewDateFormat(pattern, LoadZone("Europe/Berlin"))
		if err != nil {
			return
		}
		if millis, err := d.Parse(text); err == nil {
			d.Format(millis)
		}
	})
}

func TestZones(t *testing.T) {
	t.Parallel()
	for _, c := range []struct{ id, want string }{
		{"UTC", "UTC UTC +0000"},
		{"", "GMT GMT +0000"},
		{"GMT-0", "GMT-00:00 GMT-00:00 +0000"},
		{"GMT+530", "GMT+05:30 GMT+05:30 +0530"},
		{"GMT+5:3", "GMT GMT +0000"},
		{"PST", "PST PDT -0700"},
		{"Etc/GMT+5", "Etc/GMT+5 GMT-05:00 -0500"},
		{"Europe/Dublin", "Europe/Dublin IST +0100"},
		{"Europe/Kyiv", "Europe/Kyiv EEST +0300"},
		{"bogus", "GMT GMT +0000"},
	} {
		zone := LoadZone(c.id)
		f, err := NewDateFormat("z Z", zone)
		if err != nil {
			t.Fatal(err)
		}
		if got := zone.ID() + " " + f.Format(1600000000123); got != c.want {
			t.Errorf("zone %q: want %s, got %s", c.id, c.want, got)
		}
	}
}
