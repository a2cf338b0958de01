// SPDX-License-Identifier: MPL-2.0

package machine

import (
	"context"
	"errors"
	"strings"

	"github.com/vmware/govmomi/vim25/mo"

	"github.com/terraform-provider-novasphere/terraform-provider-novasphere/internal/logging"
	"github.com/terraform-provider-novasphere/terraform-provider-novasphere/internal/openstack"
	"github.com/terraform-provider-novasphere/terraform-provider-novasphere/internal/vcenter/faults"
	"github.com/terraform-provider-novasphere/terraform-provider-novasphere/internal/vcenter/records"
)

// kindPending is the kind of the records in the catalogue.
const kindPending = "pending"

// Effective returns a VM with its pending parameters as if they were on it. It may be applied twice. A catalogue that cannot be read is
// no error for a VM for which, as far as it and this process know, nothing was ever pending.
func (c *Machines) Effective(ctx context.Context, vm mo.VirtualMachine) (mo.VirtualMachine, error) {
	if vm.Config == nil || vm.Config.InstanceUuid == "" {
		return vm, nil
	}
	c.attending.gone.Delete(InstanceID(vm)) // it exists, or exists again
	have := Parameters(vm)
	p, err := c.pendingOf(ctx, InstanceID(vm), hinted(have[hintKey], InstanceID(vm)))
	if c.unconcerned(have, err) {
		return vm, nil
	}
	if err != nil || p.Generation == 0 {
		return vm, faults.Explain("reading what is recorded of "+vm.Name, err)
	}
	return p.over(vm), nil
}

// unconcerned reports whether err only means that the catalogue cannot be read and nothing was ever pending for a VM with these
// parameters. Where vCenter does not answer at all, nothing is known.
func (c *Machines) unconcerned(have map[string]string, err error) bool {
	var unread *unreadError
	var silent *faults.SilenceError
	return errors.As(err, &unread) && !errors.As(err, &silent) && !errors.Is(err, context.Canceled) &&
		!errors.Is(err, context.DeadlineExceeded) &&
		have[generationKey] == "" && have[hintKey] == "" && !c.refusing.Load()
}

// unreadError means that the catalogue as a whole cannot be read.
type unreadError struct{ error }

// Unwrap returns the cause.
func (e *unreadError) Unwrap() error { return e.error }

// effectiveOf applies Effective to the VMs of a list. Where the catalogue cannot be read, it leaves the rest as they are and returns
// why.
func (c *Machines) effectiveOf(ctx context.Context, vms []mo.VirtualMachine) (unread error) {
	for i := range vms {
		now, err := c.Effective(ctx, vms[i])
		if err != nil {
			return err
		}
		vms[i] = now
	}
	return nil
}

// pendingOf returns an instance's pending parameters, as this process knows the catalogue; the zero value where it has none. If the VM's
// hint names others, it reads the catalogue again, once for each hint: parameters are in the catalogue before their hint is on the VM,
// so a hint that the catalogue does not know then is out of date, or made up by the guest.
func (c *Machines) pendingOf(ctx context.Context, id, hint string) (p pending, err error) {
	for _, anew := range []bool{false, true} {
		all, err := c.records.Catalogue.Glance(ctx, anew)
		if err != nil {
			return p, &unreadError{err}
		}
		if anew {
			c.sought.Store(id+"/"+hint, true)
		}
		if p = (pending{}); all.Text(records.Key(kindPending, id)) != "" {
			if p, err = records.Peek[pending](all, kindPending, id); err != nil {
				return p, err
			}
		}
		if hint == "" || hint == strings.TrimSuffix(p.Token, underwayMark) {
			break
		}
		if _, sought := c.sought.Load(id + "/" + hint); sought && hint != looksAgain {
			break
		}
	}
	return p, nil
}

// looksAgain is the hint that has the catalogue read again in any case.
const looksAgain = "anew"

// setPending writes an instance's pending parameters unless another client has written others since from; nil removes them.
func (c *Machines) setPending(ctx context.Context, id string, from basis, to *pending) error {
	return c.records.Catalogue.Claim(ctx, func(r records.Set) error {
		var now pending
		if err := r.Get(kindPending, id, &now); err != nil && !errors.Is(err, openstack.ErrNotFound) {
			return err
		}
		switch {
		case !from.still(now):
			return faults.StaleRecord()
		case to == nil:
			r.Drop(kindPending, id)
			return nil
		}
		return r.Put(kindPending, id, *to)
	})
}

// DropPending removes the pending parameters of an instance that is gone. It calls nothing where there are none. A record that cannot be
// read stays, and does no harm.
func (c *Machines) DropPending(ctx context.Context, id string) error {
	id = strings.ToLower(id)
	if p, err := c.pendingOf(ctx, id, ""); err == nil && p.Generation > 0 {
		logging.VCenter.Info(ctx, "a pending record is given up", "id", id, "reason", "the instance is gone")
		return faults.Explain("removing the record of the instance "+id+" from the catalogue",
			c.records.Catalogue.Update(ctx, func(r records.Set) error {
				r.Drop(kindPending, id)
				return nil
			}))
	}
	return nil
}

// Sweep removes, along with another change of the catalogue, what is pending for instances that this process has seen destroyed outside
// Terraform. It may hold their user data, and nothing else would ever remove it.
func (c *Machines) Sweep(r records.Set) {
	for _, id := range r.IDs(kindPending) {
		if c.KnownGone(id) {
			r.Drop(kindPending, id)
		}
	}
}

// AffinityPaths are the properties that tell what binds a VM, and whether something else is pending, with their extraConfig keys. Each
// asks for one parameter, as Nova's driver asks for nvp.vm-uuid.
var AffinityPaths = map[string]string{
	`config.extraConfig["` + generationKey + `"]`: generationKey,
	`config.extraConfig["` + hintKey + `"]`:       hintKey,
	`config.extraConfig["` + AffinityKey + `"]`:   AffinityKey,
}

// PendingAffinity returns what binds an instance: what is pending for it where that counts, else on, which is what its VM has. keys are
// the VM's values of AffinityPaths.
func (c *Machines) PendingAffinity(ctx context.Context, id string, keys map[string]string, on Affinity) (Affinity, error) {
	p, err := c.pendingOf(ctx, id, hinted(keys[hintKey], id))
	if c.unconcerned(keys, err) {
		return on, nil
	}
	if err != nil || p.Generation <= number(keys[generationKey]) {
		return on, err
	}
	if text, set := p.counting(keys)[AffinityKey]; set {
		return AffinityOn(id, text), nil
	}
	return on, nil
}
