// SPDX-License-Identifier: MPL-2.0

package cloud

import (
	"context"
	"errors"
	"slices"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"
)

// TestSharedForgetsFailures: a failure is kept for a minute, an answer for good.
func TestSharedForgetsFailures(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		var s shared[int]
		asked := 0
		ask := func(context.Context) (int, error) {
			if asked++; asked == 1 {
				return 0, errors.New("down")
			}
			return asked, nil
		}
		for range 3 {
			if _, err := s.get(t.Context(), ask); err == nil || asked != 1 {
				t.Errorf("asked %d times, %v", asked, err)
			}
		}
		time.Sleep(remembered + time.Second)
		for range 3 {
			if n, err := s.get(t.Context(), ask); n != 2 || err != nil {
				t.Errorf("%d, %v", n, err)
			}
		}
	})
}

// TestSharedGivesUp: when no caller waits any more the question is cancelled, and the next caller asks again.
func TestSharedGivesUp(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		var s shared[int]
		var ended atomic.Bool
		ctx, stop := context.WithCancel(t.Context())
		time.AfterFunc(time.Second, stop)
		_, err := s.get(ctx, func(ctx context.Context) (int, error) {
			<-ctx.Done()
			ended.Store(true)
			return 0, ctx.Err()
		})
		synctest.Wait()
		if !errors.Is(err, context.Canceled) || !ended.Load() {
			t.Errorf("%v, ended %v", err, ended.Load())
		}
		if n, err := s.get(t.Context(), func(context.Context) (int, error) { return 7, nil }); n != 7 || err != nil {
			t.Errorf("%d, %v", n, err)
		}
	})
}

// TestNICs: addresses with the same MAC belong to one NIC; floating ones belong to none.
func TestNICs(t *testing.T) {
	t.Parallel()
	s := novaServer{Addresses: map[string][]novaAddress{
		"b": {{"10.0.0.5", 4, "m1", "fixed"}, {"203.0.113.9", 4, "m1", "floating"}, {"2001:db8::5", 6, "m1", "fixed"},
			{"10.0.0.6", 4, "m2", "fixed"}},
		"a": {{"10.1.0.5", 4, "m3", "fixed"}},
	}}
	got := s.nics()
	if len(got) != 3 || got[0].NetworkName != "a" || got[1].MAC != "m1" || !slices.Equal(got[1].IPv4, []string{"10.0.0.5"}) ||
		!slices.Equal(got[1].IPv6, []string{"2001:db8::5"}) || got[2].MAC != "m2" {
		t.Errorf("got %+v", got)
	}
}

// TestRootAndBase: endpoints in the forms that catalogues use.
func TestRootAndBase(t *testing.T) {
	t.Parallel()
	for address, want := range map[string]string{"http://h/v2.1/": "http://h/v2.1/", "http://h/compute/v2.1/abc/": "http://h/compute/v2.1/",
		"http://h:8774/v2/abc/": "http://h:8774/v2/", "http://h/": "http://h/"} {
		if got := root(address); got != want {
			t.Errorf("the root of %s is %s", address, got)
		}
	}
	for address, want := range map[string]string{"http://h:9292": "http://h:9292/v2/", "http://h/image/v2/": "http://h/image/v2/",
		"http://h/image/": "http://h/image/v2/"} {
		if got := base(address, "v2"); got != want {
			t.Errorf("the base of %s is %s", address, got)
		}
	}
}

// TestMicroversions: versions do not compare as decimal fractions.
func TestMicroversions(t *testing.T) {
	t.Parallel()
	for _, v := range []microversion{"", "2.1", "2.9", "2.60"} {
		if !v.before(wanted) {
			t.Errorf("%q is not before %s", v, wanted)
		}
	}
	for _, v := range []microversion{"2.61", "2.100", "3.0"} {
		if v.before(wanted) {
			t.Errorf("%q is before %s", v, wanted)
		}
	}
}
