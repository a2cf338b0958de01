// SPDX-License-Identifier: MPL-2.0

package upload

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/vmware/govmomi/vim25/types"

	"github.com/terraform-provider-novasphere/terraform-provider-novasphere/internal/openstack"
	"github.com/terraform-provider-novasphere/terraform-provider-novasphere/internal/vcenter/faults"
)

// tries is how often a disk is sent to a host. A host cannot go on where a connection broke, so each begins from nothing.
const tries = 3

// throughHost imports a machine and sends its disk to its ESX host. A brokenError that names the host says that it cannot be reached.
func (u *Uploads) throughHost(ctx context.Context, m Machine) (ref, error) {
	for try, begun := 1, false; ; try++ {
		vm, err := u.importOnce(ctx, m)
		var broken *brokenError
		if err == nil || !errors.As(err, &broken) {
			return vm, err
		}
		if begun = begun || broken.sent > 0; !begun && broken.host != "" {
			return ref{}, err
		}
		if broken.host = ""; try == tries { // something was sent, so no other way is tried
			return ref{}, fmt.Errorf("%w (tried %d times)", err, tries)
		}
		if !u.pause(ctx, try) {
			return ref{}, err
		}
	}
}

// pause waits before another try, longer each time. It returns false if the context ends.
func (u *Uploads) pause(ctx context.Context, try int) bool {
	ctx, stop := openstack.Breakable(ctx)
	defer stop()
	select {
	case <-ctx.Done():
		return false
	case <-time.After(time.Duration(try) * u.Pause):
		return true
	}
}

// importOnce makes the machine once. What is left of a failure is the vCenter's to remove with the lease, which is aborted.
func (u *Uploads) importOnce(ctx context.Context, m Machine) (ref, error) {
	breakable, stop := openstack.Breakable(ctx)
	defer stop()
	l, err := u.importMachine(breakable, m)
	if l == nil {
		return ref{}, err
	}
	if err == nil {
		err = l.fill(breakable, m)
	}
	if err != nil {
		return ref{}, l.abandon(ctx, err)
	}
	switch err = l.complete(ctx); {
	case err == nil:
		return l.info.Entity, nil
	case faults.OutcomeUnknown(err): // the machine may be whole
		return ref{}, err
	}
	return ref{}, l.abandon(ctx, err)
}

// brokenError says that a disk did not arrive, for a reason that another try may not meet.
type brokenError struct {
	text string
	sent int64  // bytes
	host string // that no connection was made to; empty: there was one
}

// Error tells how far it came. The cause is no more than a part of the text: what became of the machine does not depend on it.
func (e *brokenError) Error() string { return e.text }

// ErrNameTaken is about a machine whose name something else has in its folder.
var ErrNameTaken = errors.New("the name is taken")

// refused says why a vCenter does not take a machine.
func refused(m Machine, fault *types.LocalizedMethodFault) error {
	err := faults.Explain("importing the image "+m.Name, &faults.TaskError{LocalizedMethodFault: fault})
	if faults.Is[*types.DuplicateName](&faults.TaskError{LocalizedMethodFault: fault}) {
		return fmt.Errorf("%w: %w", ErrNameTaken, err)
	}
	return err
}
