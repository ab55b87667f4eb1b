package certs

import (
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	clocktesting "k8s.io/utils/clock/testing"
)

func TestServerClock(t *testing.T) {
	here := day(0)
	for _, tc := range []struct {
		cell  string
		date  string // of the response; empty for none
		want  time.Time
		agree bool
	}{
		{"Date:none", "", here, true},
		{"Date:rubbish", "yesterday", here, true},
		{"Date:the same", here.Format(http.TimeFormat), here, true},
		{"Date:within the skew", here.Add(skew).Format(http.TimeFormat), here, true},
		{"Date:beyond the skew", here.Add(skew + time.Second).Format(http.TimeFormat), here.Add(skew + time.Second), false},
		{"Date:years ahead", day(2000).Format(http.TimeFormat), day(2000), false},
		{"Date:years behind", day(-2000).Format(http.TimeFormat), day(-2000), false},
	} {
		t.Run(tc.cell, func(t *testing.T) {
			server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
				w.Header()["Date"] = nil
				if tc.date != "" {
					w.Header().Set("Date", tc.date)
				}
			}))
			defer server.Close()
			s := &serverClock{clock: clocktesting.NewFakePassiveClock(here)}
			response, err := (&http.Client{Transport: s.wrap(http.DefaultTransport)}).Get(server.URL)
			if err != nil {
				t.Fatal(err)
			}
			_ = response.Body.Close()
			got, err := s.now()
			if !got.Equal(tc.want) || (err == nil) != tc.agree {
				t.Errorf("now() = %v, %v, want %v and an error: %t", got, err, tc.want, !tc.agree)
			}
			if err != nil && (!strings.Contains(err.Error(), here.Format(time.RFC3339)) || !strings.Contains(err.Error(), tc.want.Format(time.RFC3339))) {
				t.Errorf("now() = %v, want an error that names both times", err)
			}
		})
	}
}

// TestServerClockCorrected goes on once the clock is set right.
func TestServerClockCorrected(t *testing.T) {
	clock := clocktesting.NewFakePassiveClock(day(2000))
	s := &serverClock{clock: clock}
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
		w.Header().Set("Date", day(0).Format(http.TimeFormat))
	}))
	defer server.Close()
	ask := func() error {
		response, err := (&http.Client{Transport: s.wrap(http.DefaultTransport)}).Get(server.URL)
		if err != nil {
			t.Fatal(err)
		}
		_ = response.Body.Close()
		_, err = s.now()
		return err
	}
	if err := ask(); err == nil {
		t.Error("now() = nil, want an error while the clock is years ahead")
	}
	clock.SetTime(day(0))
	if err := ask(); err != nil {
		t.Errorf("now() = %v, want nil", err)
	}
}
