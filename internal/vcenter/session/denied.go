// SPDX-License-Identifier: MPL-2.0

package session

import (
	"context"
	"errors"
	"time"

	"github.com/vmware/govmomi/vim25"
	"github.com/vmware/govmomi/vim25/methods"
	"github.com/vmware/govmomi/vim25/types"

	"github.com/terraform-provider-novasphere/terraform-provider-novasphere/internal/vcenter/faults"
	"github.com/terraform-provider-novasphere/terraform-provider-novasphere/internal/vcenter/property"
)

type ref = types.ManagedObjectReference

// Denied turns an error that holds NoPermission into a Refusal, and asks for the objects' names. Any other error stays as it is.
func (s *Session) Denied(ctx context.Context, plain *vim25.Client, err error) error {
	var no *types.NoPermission
	var known *faults.Refusal
	if err == nil || errors.As(err, &known) || faults.Is[*types.NotAuthenticated](err) || !faults.As(err, &no) || no == nil {
		return err
	}
	return faults.RefusalOf(s.cfg.User, no, namesOf(ctx, plain, faults.MissingOf(no)), err)
}

// namesOf asks for objects' names, outside the transport, once and quickly: an error without names is better than one that comes late.
func namesOf(ctx context.Context, plain *vim25.Client, of []types.NoPermissionEntityPrivileges) map[ref]string {
	names := map[ref]string{}
	if plain == nil || len(of) == 0 {
		return names
	}
	ctx, stop := context.WithTimeout(context.WithoutCancel(ctx), namesTimeout)
	defer stop()
	var asks []property.Query
	for _, m := range of {
		asks = append(asks, property.Query{Object: m.Entity, Paths: []string{"name"}})
	}
	res, err := methods.RetrievePropertiesEx(ctx, plain.Client, &types.RetrievePropertiesEx{This: plain.ServiceContent.PropertyCollector,
		SpecSet: property.Filters(asks, nil)})
	if err != nil || res.Returnval == nil {
		return names
	}
	for _, o := range res.Returnval.Objects {
		for _, p := range o.PropSet {
			if name, is := p.Val.(string); is && p.Name == "name" {
				names[o.Obj] = property.UnescapeName(name)
			}
		}
	}
	return names
}

const namesTimeout = 10 * time.Second
