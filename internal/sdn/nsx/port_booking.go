// SPDX-License-Identifier: MPL-2.0

package nsx

import (
	"cmp"
	"context"
	"fmt"
	"net/url"
	"time"

	"github.com/terraform-provider-novasphere/terraform-provider-novasphere/internal/openstack"
	"github.com/terraform-provider-novasphere/terraform-provider-novasphere/internal/sdn/nsx/api"
	"github.com/terraform-provider-novasphere/terraform-provider-novasphere/internal/vcenter/network"
)

// Book makes sure that the segment port of a port is there and in force, so that a NIC that bears the port's id is bound to it from the
// start.
func (b *Backend) Book(ctx context.Context, p openstack.Port) (openstack.Port, error) {
	err := b.completePort(ctx, p)
	if err == nil {
		err = b.awaitPort(ctx, p.NetworkID, p.ID)
	}
	if isNotFound(err) { // somebody has deleted it since it was seen
		if err = b.putPort(ctx, p); err == nil {
			err = b.awaitPort(ctx, p.NetworkID, p.ID)
		}
	}
	if err == nil {
		p.Attachment = p.ID
	}
	return p, err
}

// completePort makes a segment port that is not there, and binds one to its profiles that an earlier process has made, which may have ended
// before it came to them.
func (b *Backend) completePort(ctx context.Context, p openstack.Port) error {
	is, there, err := b.listOf(p.NetworkID).port(ctx, p.ID)
	if err != nil {
		return err
	}
	if !there {
		return b.putPort(ctx, p)
	}
	owner, err := b.owner(ctx)
	if _, whole := b.whole.Load(p.ID); err != nil || whole || !owner.Owns(is) {
		return err
	}
	n, err := b.Network(ctx, p.NetworkID, "")
	if err == nil {
		err = b.putProfiles(ctx, p, n)
	}
	return err
}

// Unbook does nothing for a port that has a record: its segment port is the port's. Where the record is gone, the segment port goes, too.
func (b *Backend) Unbook(ctx context.Context, p openstack.Port) error {
	ports, err := b.records.Ports(ctx, p.NetworkID)
	if err != nil {
		return err
	}
	for _, recorded := range ports {
		if recorded.ID == p.ID {
			return nil
		}
	}
	return b.RemovePort(ctx, p)
}

// Socket returns the segment of a port with its logical switch and its portgroups: a machine that is not placed yet is plugged in by the
// logical switch, and one on a host through the portgroup there, which the vCenter knows.
func (b *Backend) Socket(ctx context.Context, p openstack.Port, _ string) (openstack.Network, error) {
	n, err := b.Network(ctx, p.NetworkID, "")
	if err != nil || n.LogicalSwitch != "" {
		return n, err
	}
	return b.shown(ctx, n)
}

// Answers returns an error where NSX cannot be asked about a network.
func (b *Backend) Answers(ctx context.Context, network string) error {
	if _, err := b.Network(ctx, network, ""); err != nil && !isNotFound(err) {
		return err
	}
	return nil
}

// releasePatience is how long NSX may take to see that a NIC is gone.
const releasePatience = time.Minute

// Released waits until NSX knows of no NIC that is plugged into a port. A port that is deleted before leaves the vCenter's side behind (NSX
// API, segment ports).
func (b *Backend) Released(ctx context.Context, p openstack.Port) error {
	begun := time.Now()
	for between := firstLook; ; between = min(2*between, longestLook) {
		plugged, err := b.plugged.ask(ctx, p.ID)
		switch {
		case err != nil || !plugged:
			return err
		case time.Since(begun) > releasePatience:
			return fmt.Errorf("NSX still sees a NIC that is plugged into the port %s, after a minute: it stays. Remove the NIC from the machine "+
				"that has it (NSX lists the port with its name), and apply again", p.ID)
		}
		select {
		case <-ctx.Done():
			return fmt.Errorf("NSX still sees a NIC that is plugged into the port %s: %w", p.ID, ctx.Err())
		case <-time.After(between):
		}
	}
}

// lookForNICs tells which ports a NIC is plugged into, by one list of all NICs that NSX knows.
func (b *Backend) lookForNICs(ctx context.Context, ports []string) (map[string]bool, error) {
	var query url.Values
	if len(ports) == 1 {
		query = url.Values{"lport_attachment_id": ports}
	}
	all, err := api.List[struct {
		Attachment string `json:"lport_attachment_id"`
	}](ctx, b.api, b.api.SharedPath("realized-state", "enforcement-points", cmp.Or(b.cfg.EnforcementPoint, "default"), "vifs"), query)
	plugged := map[string]bool{}
	for _, nic := range all {
		plugged[nic.Attachment] = true
	}
	return plugged, err
}

// Standings tells of ports whether a NIC is plugged into them. NSX does not tell one that was never used from one whose NIC is gone.
func (b *Backend) Standings(ctx context.Context, segment string, ports []openstack.Port) ([]network.Standing, error) {
	out := make([]network.Standing, len(ports))
	list := b.listOf(segment)
	for i, p := range ports {
		_, there, err := list.port(ctx, p.ID)
		if isNotFound(err) || err == nil && !there {
			continue
		}
		if err != nil {
			return nil, err
		}
		plugged, err := b.plugged.ask(ctx, p.ID)
		if err != nil {
			return nil, err
		}
		if out[i] = network.Awaited; plugged {
			out[i] = network.Connected
		}
	}
	return out, nil
}
