// SPDX-License-Identifier: MPL-2.0

package recorded

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/google/uuid"

	"github.com/terraform-provider-novasphere/terraform-provider-novasphere/internal/openstack"
	"github.com/terraform-provider-novasphere/terraform-provider-novasphere/internal/sdn/traffic"
	"github.com/terraform-provider-novasphere/terraform-provider-novasphere/internal/vcenter/records"
)

const qosKind = "qos-policy"

// oneDefault refuses a second default policy of the project, as Neutron does.
func oneDefault(all []openstack.QoSPolicy, p openstack.QoSPolicy) error {
	for _, other := range all {
		if p.Default && other.Default && other.ID != p.ID && other.Project == p.Project {
			return openstack.AttributeErrorf("is_default", "the QoS policy %q (%s%s) is the default of the project, and a project has one: write "+
				"is_default = false here, or take it off that one first", other.Name, other.ID, other.Mark.Clause())
		}
	}
	return nil
}

// CreateQoSPolicy writes a policy's record. Names need not be unique, but a policy left by a creation whose process was killed is not made
// a second time: an equal record without limits, which another process of the same user wrote, is refused.
func (b *Backend) CreateQoSPolicy(ctx context.Context, p openstack.QoSPolicy) (openstack.QoSPolicy, error) {
	mark := b.c.Records.Mark("")
	p.ID, p.Project, p.Mark, p.UpdatedAt = cmp.Or(p.ID, uuid.NewString()), cmp.Or(p.Project, b.c.Config.Project), &mark, mark.At
	b.Makes(p.ID)
	return p, b.c.Records.Catalogue.Claim(ctx, func(all records.Set) error {
		others, err := records.All[openstack.QoSPolicy](all, qosKind)
		if err != nil {
			return err
		}
		for _, other := range others {
			if b.LeftBehind(other.ID, other.Mark, p.Mark) && sameQoSPolicy(p, other) {
				return leftError("name", "a QoS policy", p.Name, other.ID, "has no rules", "novasphere_networking_qos_policy", other.Mark)
			}
		}
		if err := oneDefault(others, p); err != nil {
			return err
		}
		return all.Put(qosKind, p.ID, p)
	})
}

// sameQoSPolicy reports whether two named policies have the same arguments and no limits.
func sameQoSPolicy(a, b openstack.QoSPolicy) bool {
	if a.Name == "" {
		return false
	}
	a.ID, b.ID, a.Mark, b.Mark = "", "", nil, nil
	a.Revision, b.Revision, a.UpdatedAt, b.UpdatedAt = 0, 0, time.Time{}, time.Time{}
	return records.Fingerprint(a) == records.Fingerprint(b)
}

// QoSPolicies returns all policies, in the order of their ids.
func (b *Backend) QoSPolicies(ctx context.Context) ([]openstack.QoSPolicy, error) {
	return AllCatalogued[openstack.QoSPolicy](ctx, b, qosKind)
}

// QoSPolicy reads one policy.
func (b *Backend) QoSPolicy(ctx context.Context, id string) (p openstack.QoSPolicy, err error) {
	return Catalogued[openstack.QoSPolicy](ctx, b, qosKind, "QoS policy", id)
}

// HasQoSPolicy refuses the id of a policy that does not exist, at the attribute of whatever is to have it; empty: none.
func (b *Backend) HasQoSPolicy(ctx context.Context, id string) (openstack.QoSPolicy, error) {
	if id == "" {
		return openstack.QoSPolicy{}, nil
	}
	all, err := b.QoSPolicies(ctx)
	if err != nil {
		return openstack.QoSPolicy{}, err
	}
	at := slices.IndexFunc(all, func(p openstack.QoSPolicy) bool { return p.ID == id })
	if at < 0 {
		return openstack.QoSPolicy{}, openstack.AttributeErrorf("qos_policy_id", "there is no QoS policy %s: write the id of one, "+
			"or \"\" for none", id)
	}
	return all[at], nil
}

// UpdateQoSPolicy changes a policy's record. Other limits are in force when it returns.
func (b *Backend) UpdateQoSPolicy(ctx context.Context, id string, change func(*openstack.QoSPolicy) error) (openstack.QoSPolicy, error) {
	var before, p openstack.QoSPolicy
	err := b.c.Records.Catalogue.Update(ctx, func(all records.Set) error {
		p, before = openstack.QoSPolicy{}, openstack.QoSPolicy{}
		if err := errors.Join(all.Get(qosKind, id, &p), all.Get(qosKind, id, &before)); err != nil {
			return err
		}
		if err := change(&p); err != nil {
			return err
		}
		for i := range p.Limits {
			p.Limits[i].ID = cmp.Or(p.Limits[i].ID, uuid.NewString())
		}
		others, err := records.All[openstack.QoSPolicy](all, qosKind)
		if err != nil {
			return err
		}
		if err := errors.Join(oneDefault(others, p), oneLimit(p)); err != nil {
			return err
		}
		if records.Fingerprint(p) == records.Fingerprint(before) {
			return nil
		}
		p.Revision, p.UpdatedAt = p.Revision+1, time.Now().UTC().Truncate(time.Second)
		return all.Put(qosKind, id, p)
	})
	if err != nil || p.Shaping() == before.Shaping() {
		return p, records.Known("QoS policy", id, err)
	}
	return p, b.carryOut(ctx, traffic.Change{QoS: []string{id}})
}

// oneLimit refuses a second limit of one direction, as Neutron does.
func oneLimit(p openstack.QoSPolicy) error {
	seen := map[string]openstack.BandwidthLimit{}
	for _, l := range p.Limits {
		if other, taken := seen[l.Direction]; taken {
			return openstack.AttributeErrorf("direction", "the QoS policy %s limits %s already (%s): write the other direction, or delete that "+
				"rule first. %s", p.Name, l.Direction, other.ID,
				openstack.ImportHint("novasphere_networking_qos_bandwidth_limit_rule", p.ID+"/"+other.ID))
		}
		seen[l.Direction] = l
	}
	return nil
}

// DeleteQoSPolicy removes a policy that no port and no network has. Those are recorded elsewhere, so no write covers both: it checks again
// afterwards, and restores the policy if one got it meanwhile.
func (b *Backend) DeleteQoSPolicy(ctx context.Context, id string) error {
	return b.WhenFree(ctx, func() error {
		p, err := b.QoSPolicy(ctx, id)
		if err != nil {
			return err
		}
		if err := b.unlimited(ctx, p); err != nil {
			return err
		}
		err = b.c.Records.Catalogue.Update(ctx, func(all records.Set) error {
			if err := all.Get(qosKind, id, &p); errors.Is(err, openstack.ErrNotFound) {
				return err
			}
			all.Drop(qosKind, id)
			return nil
		})
		if err != nil {
			return records.Known("QoS policy", id, err)
		}
		end := context.WithoutCancel(ctx) // what is in use after all is restored, though the time is up
		if err := b.unlimited(end, p); err != nil {
			return errors.Join(err, b.c.Records.Catalogue.Claim(end, func(all records.Set) error { return all.Put(qosKind, p.ID, p) }))
		}
		return nil
	})
}

// unlimited refuses a policy that ports or networks have, in any workspace, and frees one that none has.
func (b *Backend) unlimited(ctx context.Context, p openstack.QoSPolicy) error {
	if err := b.c.Records.Refresh(ctx); err != nil {
		return err
	}
	ports, err := b.Ports(ctx, "")
	if err != nil {
		return err
	}
	networks, err := b.place.Networks(ctx)
	if err != nil {
		return err
	}
	ports = slices.DeleteFunc(ports, func(q openstack.Port) bool { return q.QoSPolicyID != p.ID })
	var users []string
	for _, n := range networks {
		if n.QoSPolicyID == p.ID {
			users = append(users, "the network "+n.Name)
		}
	}
	if len(ports) > 0 {
		users = append(users, Inventory(nil, ports))
	}
	if len(users) == 0 {
		return b.place.FreeQoS(ctx, p.ID)
	}
	return &InUse{fmt.Sprintf("the QoS policy %s is in use: %s have it. Take it off them in an apply of its own, because Terraform "+
		"destroys before it updates; where it is to be replaced, write lifecycle { create_before_destroy = true }", p.Name,
		strings.Join(users, ", ")), ports}
}
