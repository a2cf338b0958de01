// SPDX-License-Identifier: MPL-2.0

package attachments

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"sync"
	"time"

	"github.com/google/uuid"
	"github.com/vmware/govmomi/vim25/mo"

	"github.com/terraform-provider-novasphere/terraform-provider-novasphere/internal/openstack"
	"github.com/terraform-provider-novasphere/terraform-provider-novasphere/internal/vcenter/faults"
	"github.com/terraform-provider-novasphere/terraform-provider-novasphere/internal/vcenter/machine"
	"github.com/terraform-provider-novasphere/terraform-provider-novasphere/internal/vcenter/property"
	"github.com/terraform-provider-novasphere/terraform-provider-novasphere/internal/vcenter/wire"
)

// queue lets the attachments of one machine go one after the other, and keeps what the last one has seen for the next.
type queue struct {
	a         *Attachments
	id, moref string // the machine's instance UUID and managed object id; one of them may be empty
	turn      chan struct{}

	mu   sync.Mutex
	at   ref               // the machine; none: not looked for yet
	seen mo.VirtualMachine // as the last attachment has left it
	when time.Time         // when it was seen; zero: it must be read
}

// seenFor is how long a machine is taken to be as it was seen. It only chooses places by that: the vCenter refuses one that is taken.
const seenFor = 5 * time.Second

// wait waits for the machine's turn, until the operation's deadline or an interrupt.
func (q *queue) wait(ctx context.Context) error {
	select {
	case q.turn <- struct{}{}:
		return nil
	case <-ctx.Done():
		return fmt.Errorf("%w (%w)", openstack.ErrNotBegun, ctx.Err())
	case <-openstack.Interrupt(ctx).Done():
		return fmt.Errorf("%w (%w)", openstack.ErrNotBegun, openstack.Interrupt(ctx).Err())
	}
}

// done gives the turn to the next.
func (q *queue) done() { <-q.turn }

// look returns the machine as it was seen a moment ago, or reads it. fresh tells which.
func (q *queue) look(ctx context.Context) (vm mo.VirtualMachine, fresh bool, err error) {
	q.mu.Lock()
	vm, known := q.seen, time.Since(q.when) < seenFor
	q.mu.Unlock()
	if known {
		return vm, false, nil
	}
	began := time.Now()
	if vm, err = q.read(ctx); err != nil {
		return vm, true, err
	}
	q.mu.Lock()
	defer q.mu.Unlock()
	if q.when.Before(began) { // else an attachment has seen it since
		q.at, q.seen, q.when = vm.Self, vm, began
	}
	return vm, true, nil
}

// keep notes how the machine is now.
func (q *queue) keep(vm mo.VirtualMachine) {
	q.mu.Lock()
	defer q.mu.Unlock()
	q.at, q.seen, q.when = vm.Self, vm, time.Now()
}

// forget has the machine be read anew.
func (q *queue) forget() {
	q.mu.Lock()
	defer q.mu.Unlock()
	q.when = time.Time{}
}

// read reads the machine. ErrNotFound where it is gone.
func (q *queue) read(ctx context.Context) (mo.VirtualMachine, error) {
	at, found, err := q.find(ctx)
	if err != nil {
		return mo.VirtualMachine{}, err
	}
	vm, err := wire.Read[mo.VirtualMachine](ctx, q.a.wire, at, Paths)
	stale := err != nil && errors.Is(err, openstack.ErrNotFound) || err == nil && vm.Config != nil && q.id != "" &&
		!strings.EqualFold(vm.Config.InstanceUuid, q.id)
	if stale && !found && q.id != "" { // it was registered again meanwhile
		q.lose()
		if at, _, err = q.find(ctx); err != nil {
			return mo.VirtualMachine{}, err
		}
		vm, err = wire.Read[mo.VirtualMachine](ctx, q.a.wire, at, Paths)
	}
	if err != nil {
		return mo.VirtualMachine{}, faults.Explain("reading the instance "+q.called(), err)
	}
	if vm.Config == nil {
		return vm, fmt.Errorf("vCenter does not show the configuration of the instance %s: bring its host back, then try again", vm.Name)
	}
	vm.Name = property.UnescapeName(vm.Name)
	return vm, nil
}

// find returns the machine's object. found reports that it was looked for now.
func (q *queue) find(ctx context.Context) (at ref, found bool, err error) {
	q.mu.Lock()
	defer q.mu.Unlock()
	if q.at == (ref{}) && q.moref != "" {
		q.at = ref{Type: "VirtualMachine", Value: q.moref}
	}
	if q.at != (ref{}) {
		return q.at, false, nil
	}
	if _, err := uuid.Parse(q.id); err != nil {
		return ref{}, true, machine.NotAnID(q.id)
	}
	q.at, err = q.a.machines.FindUUID(ctx, q.id)
	return q.at, true, faults.Explain("looking for the instance "+q.id, err)
}

// lose has the machine be looked for by its instance UUID.
func (q *queue) lose() {
	q.mu.Lock()
	defer q.mu.Unlock()
	q.at, q.moref, q.when = ref{}, "", time.Time{}
}

// called is what errors call the machine before it was read.
func (q *queue) called() string {
	if q.id != "" {
		return q.id
	}
	return q.moref
}
