// SPDX-License-Identifier: MPL-2.0

package groups

import (
	"context"
	"errors"
	"slices"

	"github.com/terraform-provider-novasphere/terraform-provider-novasphere/internal/logging"
	"github.com/terraform-provider-novasphere/terraform-provider-novasphere/internal/openstack"
	"github.com/terraform-provider-novasphere/terraform-provider-novasphere/internal/sdn/nsx/api"
	"github.com/terraform-provider-novasphere/terraform-provider-novasphere/internal/sdn/nsx/firewall"
	"github.com/terraform-provider-novasphere/terraform-provider-novasphere/internal/sdn/nsx/policy"
	"github.com/terraform-provider-novasphere/terraform-provider-novasphere/internal/vcenter/wire"
)

// A security group's policy is written whole: one write is one change of all its rules, at every port that has it. What is written follows
// from the records, which are read after the policy: a process that records a rule writes the policy afterwards, so whoever of two comes
// second either has read the other's rule, or finds the policy's revision changed and reads both again.

// change is what a caller wants of the writer of a group.
type change struct {
	anew  bool // the policy is read again, because others may have changed it
	named bool // the group's name or description may have changed, too
	only  bool // a policy that NSX does not have is not made
}

// Follow brings what NSX has of a security group in line with the records, and waits until that is in force. It reads again what NSX has.
func (b *Backend) Follow(ctx context.Context, id string) error {
	return b.follow(ctx, id, change{anew: true, named: true})
}

// follow brings a security group in line with the records, together with all other changes of it that come at the same time.
func (b *Backend) follow(ctx context.Context, id string, c change) error {
	w, err := b.nsx.Owner(ctx)
	if err != nil {
		return err
	}
	made := &wire.Batch[change, bool]{Changes: true}
	made.Do = func(ctx context.Context, all []change) []wire.Outcome[bool] {
		out := make([]wire.Outcome[bool], len(all))
		written, err := b.write(ctx, id, change{anew: slices.ContainsFunc(all, func(c change) bool { return c.anew }),
			named: slices.ContainsFunc(all, func(c change) bool { return c.named }),
			only:  !slices.ContainsFunc(all, func(c change) bool { return !c.only })})
		for i := range out {
			out[i].Value, out[i].Err = written, err
		}
		return out
	}
	known, _ := b.writers.LoadOrStore(id, made)
	writer, _ := known.(*wire.Batch[change, bool])
	written, err := writer.Ask(ctx, c)
	path := firewall.PolicyPath(b.root, firewall.IDOf(w, id))
	if _, waits := b.pending.Load(path); err != nil || !written && !waits { // another change may have written this one with its own
		return explained(err)
	}
	return errors.Join(b.settled(ctx, path), b.dropSettled(ctx))
}

// dropSettled waits until the policy that drops all else is in force, where this process has made or changed it.
func (b *Backend) dropSettled(ctx context.Context) error {
	path := firewall.DefaultPath(b.root)
	if _, waits := b.pending.Load(path); !waits {
		return nil
	}
	return b.settled(ctx, path)
}

// write brings a security group in line with the records, and reports whether its policy was changed. Where a group that a rule names has
// gone since it was seen, it is made again.
func (b *Backend) write(ctx context.Context, id string, c change) (written bool, err error) {
	for try := 1; ; try++ {
		written, err = b.writeOnce(ctx, id, c)
		if !errors.Is(err, api.ErrBadPath) || try == 2 {
			return written, err
		}
		b.there.Clear()
		b.members.forget()
		c.anew = true
	}
}

func (b *Backend) writeOnce(ctx context.Context, id string, c change) (written bool, err error) {
	w, err := b.nsx.Owner(ctx)
	if err != nil {
		return false, err
	}
	if c.named {
		if err := b.putGroup(ctx, w, id, false); err != nil {
			return false, err
		}
	}
	at := firewall.IDOf(w, id)
	merge := func(o map[string]any) (bool, error) {
		g, err := b.recordOf(ctx, id)
		if err == nil {
			err = b.refer(ctx, w, g)
		}
		if err == nil {
			written, err = firewall.MergePolicy(w, b.root, o, firewall.InNSX(w, g))
		}
		return written, err
	}
	if last, known := b.policies.get(at); known && !c.anew {
		err := b.rewrite(ctx, at, last, merge)
		if !errors.Is(err, api.ErrStale) && !errors.Is(err, openstack.ErrNotFound) {
			return written, err
		}
	}
	now, err := b.api.Update(ctx, firewall.PolicyPath(b.root, at), merge)
	switch {
	case errors.Is(err, openstack.ErrNotFound) && c.only:
		return false, nil
	case errors.Is(err, openstack.ErrNotFound):
		written = true
		now, err = b.make(ctx, w, id, merge)
	}
	if err == nil {
		b.seen(ctx, at, now, written)
	}
	return written, err
}

// rewrite changes a policy as this process has last seen it: one call, unless others have changed it since.
func (b *Backend) rewrite(ctx context.Context, id string, last policy.Object, merge func(map[string]any) (bool, error)) error {
	changed, err := merge(last)
	if err != nil || !changed {
		return err
	}
	now := policy.Object{}
	if err := b.api.Put(ctx, firewall.PolicyPath(b.root, id), last, &now); err != nil {
		return err
	}
	b.seen(ctx, id, now, true)
	return nil
}

// make makes a security group in NSX: its group, those that its rules refer to, its policy, and then the policy that drops all else. The
// order matters to whoever deletes the last security group of all meanwhile: see tidy.
func (b *Backend) make(ctx context.Context, w policy.Owner, id string, merge func(map[string]any) (bool, error)) (policy.Object, error) {
	if err := b.putGroup(ctx, w, id, true); err != nil {
		return nil, err
	}
	g, err := b.recordOf(ctx, id)
	if err == nil {
		err = b.refer(ctx, w, g)
	}
	if err != nil {
		return nil, err
	}
	body, err := firewall.PolicyOf(w, b.root, firewall.InNSX(w, g))
	if err != nil {
		return nil, err
	}
	path, now := firewall.PolicyPath(b.root, firewall.IDOf(w, id)), policy.Object{}
	err = b.api.Create(ctx, path, body, &now)
	if errors.Is(err, api.ErrExists) {
		now, err = b.api.Update(ctx, path, merge)
	}
	if err != nil {
		return nil, err
	}
	if _, err := b.recordOf(ctx, id); errors.Is(err, openstack.ErrNotFound) { // deleted meanwhile, and nobody would know what was made
		return nil, errors.Join(errors.New(err.Error()), b.remove(ctx, firewall.IDOf(w, id)), b.tidying(ctx, struct{}{}))
	}
	return now, b.dropOthers(ctx)
}

// seen keeps a policy as NSX has it now.
func (b *Backend) seen(ctx context.Context, id string, now policy.Object, written bool) {
	b.policies.keep(id, now)
	if !written {
		return
	}
	b.settle.Delete(firewall.PolicyPath(b.root, id))
	b.pending.Store(firewall.PolicyPath(b.root, id), true)
	logging.Network.Info(ctx, "the rules of a security group are in NSX", "group", id, "rules", len(now.Objects("rules")))
}

// dropOthers makes the policy that drops what no security group of a port allows, where it is not there. That is looked at each time: it
// may have gone with the last group of another process.
func (b *Backend) dropOthers(ctx context.Context) error {
	path := firewall.DefaultPath(b.root)
	err := b.api.Get(ctx, path, nil)
	if errors.Is(err, openstack.ErrNotFound) {
		for _, shared := range firewall.Filtered(b.root) {
			if err := b.api.Create(ctx, shared.Path, shared.Body, nil); err != nil && !errors.Is(err, api.ErrExists) {
				return err
			}
		}
		b.pending.Store(path, true)
		err = nil
	}
	if err == nil {
		b.there.Store(path, true)
	}
	return err
}

// explained says what it means that NSX has no licence for security groups.
func explained(err error) error {
	if !errors.Is(err, api.ErrNoLicense) {
		return err
	}
	return openstack.ProviderErrorf("security_groups", "it is \"nsx\", and NSX has no licence for its distributed firewall (vDefend), which "+
		"enforces security groups: have NSX licensed for it, or write \"physical\" or \"none\". Networks, ports and routers of NSX work without "+
		"it: %w", err)
}
