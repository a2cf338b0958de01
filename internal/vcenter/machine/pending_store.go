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

// kindPending is the kind of the catalogue's records.
const kindPending = "pending"

// Effective is a machine with what is pending as if it were on it. It may be asked twice. A catalogue that cannot be read is no hindrance
// to whoever reads or destroys a machine for which nothing has ever waited, as far as it and this process know.
func (c *Machines) Effective(ctx context.Context, vm mo.VirtualMachine) (mo.VirtualMachine, error) {
	if vm.Config == nil || vm.Config.InstanceUuid == "" {
		return vm, nil
	}
	c.attending.gone.Delete(InstanceID(vm)) // it is there, or there again
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

// unconcerned reports whether an error is the catalogue's and nothing in it has ever waited for a machine of these parameters. Where
// the vCenter gives no answer, nothing is known.
func (c *Machines) unconcerned(have map[string]string, err error) bool {
	var unread *unreadError
	var silent *faults.SilenceError
	return errors.As(err, &unread) && !errors.As(err, &silent) && !errors.Is(err, context.Canceled) &&
		!errors.Is(err, context.DeadlineExceeded) &&
		have[generationKey] == "" && have[hintKey] == "" && !c.refusing.Load()
}

// unreadError is that the catalogue as a whole cannot be read.
type unreadError struct{ error }

// Unwrap is why.
func (e *unreadError) Unwrap() error { return e.error }

// effectiveOf is effective for the machines of a list. Where the catalogue cannot be read they are as they are, and why is told.
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

// pendingOf are an instance's pending parameters, as this process knows the catalogue; the zero value where it has none. A machine that
// tells of others has the catalogue read anew, once for each that it tells of: they were in it before they were told of, and what it does
// not hold then, nobody has, or the guest has made it up.
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

// looksAgain is the hint of whoever wants the catalogue read anew in any case.
const looksAgain = "anew"

// setPending writes an instance's pending parameters, where nobody has written others; nil takes them away.
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

// DropPending takes the pending parameters of an instance away that is gone. It asks nothing where there are none, and what cannot be read
// is nobody's any more, and does no harm.
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

// Sweep takes along with another change of the catalogue what waits for instances that were destroyed by somebody else, as this process has
// seen: among it may be their user data, and nobody would ever take it away.
func (c *Machines) Sweep(r records.Set) {
	for _, id := range r.IDs(kindPending) {
		if c.KnownGone(id) {
			r.Drop(kindPending, id)
		}
	}
}

// AffinityPaths are the properties that tell what binds a machine, and whether something is pending that says otherwise, with the keys of
// the parameters. They ask for one parameter each, as Nova's driver asks for nvp.vm-uuid.
var AffinityPaths = map[string]string{
	`config.extraConfig["` + generationKey + `"]`: generationKey,
	`config.extraConfig["` + hintKey + `"]`:       hintKey,
	`config.extraConfig["` + AffinityKey + `"]`:   AffinityKey,
}

// PendingAffinity is what binds an instance, as is pending for it where that counts: else what is written on its machine, which is on. keys
// are the machine's values of affinityPaths.
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
