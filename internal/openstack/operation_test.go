// SPDX-License-Identifier: MPL-2.0

package openstack_test

import (
	"context"
	"errors"
	"testing"
	"time"

	"github.com/terraform-provider-novasphere/terraform-provider-novasphere/internal/openstack"
)

func TestOperationInterrupted(t *testing.T) {
	t.Parallel()
	interrupt, stop := context.WithCancel(t.Context())
	fresh, endFresh := openstack.Unbroken(interrupt, time.Hour)
	begun, endBegun := openstack.Unbroken(interrupt, time.Hour)
	defer endFresh()
	defer endBegun()
	if err := openstack.Begin(begun); err != nil {
		t.Fatal(err)
	}
	long, endLong := openstack.Breakable(begun)
	defer endLong()
	stop()
	if err := openstack.Begin(fresh); !errors.Is(err, context.Canceled) || openstack.Begun(fresh) {
		t.Errorf("what was interrupted before it began begins: %v", err)
	}
	<-fresh.Done()
	if err := openstack.Begin(begun); err != nil || begun.Err() != nil || !openstack.Begun(begun) {
		t.Errorf("what had begun does not go on: %v", err)
	}
	<-long.Done()
	if err := openstack.Begin(long); !errors.Is(err, context.Canceled) {
		t.Errorf("a long operation goes on: %v", err)
	}
	if err := openstack.Begin(context.WithoutCancel(long)); err != nil {
		t.Errorf("it may not clean up: %v", err)
	}
	if openstack.Interrupt(begun).Err() == nil {
		t.Error("the interrupt is not seen")
	}
}

func TestOperationGraceEnds(t *testing.T) {
	t.Parallel()
	interrupt, stop := context.WithCancel(t.Context())
	ctx, end := openstack.Unbroken(interrupt, time.Millisecond)
	defer end()
	if err := openstack.Begin(ctx); err != nil {
		t.Fatal(err)
	}
	stop()
	<-ctx.Done() // or the test times out
	if openstack.Begin(ctx) == nil {
		t.Error("it begins something more")
	}
}
