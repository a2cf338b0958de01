// SPDX-License-Identifier: MPL-2.0

package vcenter_test

import (
	"context"
	"errors"
	"fmt"
	"sync"
	"testing"

	"github.com/terraform-provider-novasphere/terraform-provider-novasphere/internal/acctest"
	"github.com/terraform-provider-novasphere/terraform-provider-novasphere/internal/acctest/vcsim"
	"github.com/terraform-provider-novasphere/terraform-provider-novasphere/internal/openstack"
)

// tenAtOnce does something n times, as Terraform does: ten at once.
func tenAtOnce(n int, act func(i int)) {
	var group sync.WaitGroup
	room := make(chan struct{}, 10)
	for i := range n {
		room <- struct{}{}
		group.Go(func() {
			defer func() { <-room }()
			act(i)
		})
	}
	group.Wait()
}

// TestVolumesCost counts the calls that a hundred volumes take: two each to make them and forty for all, ten to read them with their
// machines, and two each to delete them.
func TestVolumesCost(t *testing.T) {
	t.Parallel()
	l := volumeLabOf(t, vcsim.Options{})
	server := made(t, l.Client, "web")
	const n = 100
	all := make([]openstack.Volume, n)
	count := func(what string, most int, act func(ctx context.Context, i int) error) {
		t.Helper()
		l.wire.Take()
		tenAtOnce(n, func(i int) {
			ctx, end := context.WithCancel(t.Context())
			defer end()
			if err := act(ctx, i); err != nil {
				t.Errorf("%s %d: %v", what, i, err)
			}
		})
		calls, _ := l.wire.Take()
		if t.Logf("%s: %d calls %v", what, acctest.Total(calls), calls); acctest.Total(calls) > most {
			t.Errorf("%s took %d calls, and not %d at most", what, acctest.Total(calls), most)
		}
	}
	count("create", 2*n+40, func(ctx context.Context, i int) (err error) {
		all[i], err = l.Volumes.Create(ctx, data(fmt.Sprintf("v-%d", i), 1))
		return err
	})
	l.attach(all[0].ID, server)
	count("read", 10, func(ctx context.Context, i int) error { // a plan asks ten at once
		read, err := l.Volumes.Read(ctx, all[i].ID)
		if err == nil && read.Name != all[i].Name {
			err = fmt.Errorf("it is %s", read.Name)
		}
		held, failed := l.Volumes.Attachments(ctx, all[i].ID)
		if failed == nil && (len(held) == 1) != (i == 0) {
			failed = fmt.Errorf("it is attached to %v", held)
		}
		return errors.Join(err, failed)
	})
	count("delete", 2*n+40, func(ctx context.Context, i int) error {
		if i == 0 { // it is attached
			return nil
		}
		return l.Volumes.Delete(ctx, all[i].ID)
	})
	if left := l.all(); len(left) != 1 {
		t.Errorf("%d disks are left", len(left))
	}
}

// TestVolumesListedByPages: what one answer does not hold is asked for with the next, each volume once.
func TestVolumesListedByPages(t *testing.T) {
	t.Parallel()
	l := volumeLabOf(t, vcsim.Options{})
	for i := range 5 {
		l.create(fmt.Sprintf("v-%d", i), 1)
	}
	l.Volumes.PageSize = 2
	l.wire.Take()
	listed, err := l.Volumes.List(t.Context())
	calls, _ := l.wire.Take()
	if err != nil || calls["VslmListVStorageObjectForSpec"] != 3 || len(listed) != 5 {
		t.Fatalf("%d are listed by the calls %v, %v", len(listed), calls, err)
	}
	for i, v := range listed {
		if want := fmt.Sprintf("v-%d", i); v.Name != want {
			t.Errorf("%s is in the place of %s", v.Name, want)
		}
	}
}
