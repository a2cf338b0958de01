// SPDX-License-Identifier: MPL-2.0

package servers

import (
	"context"
	"errors"
	"fmt"
	"strings"

	"github.com/vmware/govmomi/vim25"

	"github.com/terraform-provider-novasphere/terraform-provider-novasphere/internal/openstack"
	"github.com/terraform-provider-novasphere/terraform-provider-novasphere/internal/planned"
	"github.com/terraform-provider-novasphere/terraform-provider-novasphere/internal/vcenter/catalogue"
	"github.com/terraform-provider-novasphere/terraform-provider-novasphere/internal/vcenter/machine"
	"github.com/terraform-provider-novasphere/terraform-provider-novasphere/internal/vcenter/wire"
)

// ExistsError refuses an instance's name that is taken, and tells by what and how to adopt that.
type ExistsError struct {
	Name, Path string
	Found      *openstack.Server // nil where it could not be read
	Equal      bool              // made by this provider from the same configuration
	Planned    bool              // only planned: nothing was compared
	Twin       bool              // made by this process: two resources ask for one name
}

// Error names what was found and what to write.
func (e *ExistsError) Error() string {
	if e.Twin {
		return fmt.Sprintf("another instance of this configuration is called %q too and was made at %s a moment ago: names are unique in a "+
			"folder, so choose another", e.Name, e.Path)
	}
	if e.Found == nil {
		return fmt.Sprintf("the name %q is taken at %s by something that cannot be read; choose another name", e.Name, e.Path)
	}
	adopt := openstack.ImportHint("novasphere_compute_instance", e.Found.ID)
	switch {
	case e.Found.CopyOf != "":
		return fmt.Sprintf("a VM called %q exists already at %s. It is a copy: what is recorded on it is the instance %s's, and counts for "+
			"nothing. Choose another name, or another folder or project. %s",
			e.Name, e.Path, e.Found.CopyOf, adopt)
	case e.Found.Mark == nil:
		return fmt.Sprintf("a VM called %q exists already at %s, and this provider did not make it. Choose another name, or another folder or "+
			"project. %s", e.Name, e.Path, adopt)
	}
	from, end := ", from another configuration,", "was finished"
	switch {
	case e.Planned:
		from = ","
	case e.Equal:
		from = ", from a configuration equal to this one,"
	}
	if e.Found.Unfinished {
		end = "was not finished, which its first change makes up for"
	}
	return fmt.Sprintf("an instance called %q exists already at %s. %s%s and its creation %s. It may belong to another workspace. Choose "+
		"another name or project. %s%s",
		e.Name, e.Path, e.Found.Mark.Made(), from, end, adopt, e.beside())
}

// beside returns what to do where the VM found is the one that this instance replaces, which Terraform does not tell a provider.
func (e *ExistsError) beside() string {
	if e.Equal {
		return ""
	}
	return "\n\nIf it is the one that this replaces (create_before_destroy): names are unique in a folder, so take create_before_destroy " +
		"out, or let the name change with what replaces the instance, for example by a random_id whose keepers are the image"
}

// NameTaken returns an ExistsError where the wanted name is taken; nil where it is free, or that cannot be read.
func (c *Servers) NameTaken(ctx context.Context, want Request) error {
	vim, err := c.wire.Vim(ctx)
	if err == nil {
		if found, failed := wire.FindByPath(ctx, vim, strings.TrimPrefix(c.machines.Path(want.Name), "/")); failed == nil && found != nil {
			return c.taken(ctx, vim, &want)
		}
	}
	return nil // the caller has an error that tells more
}

// taken returns an ExistsError for what has the wanted name.
func (c *Servers) taken(ctx context.Context, vim *vim25.Client, want *Request) error {
	e := &ExistsError{Name: want.Name, Path: c.machines.Path(want.Name)}
	found, err := wire.FindByPath(ctx, vim, strings.TrimPrefix(e.Path, "/"))
	if err != nil || found == nil || found.Type != "VirtualMachine" {
		return e
	}
	if server, err := c.machines.Read(ctx, machine.Key{MoRef: found.Value}); err == nil {
		_, e.Twin = c.made.Load(server.ID)
		e.Found = &server
		e.Equal = server.Own() && server.Mark.Fingerprint == machine.Fingerprint(want.server())
	}
	return e
}

// ClaimName is catalogue.Names.Claim for an instance, by its VM's managed object id. Its error is an ExistsError.
func (c *Servers) ClaimName(ctx context.Context, id string, want openstack.ServerSpec, moref string) error {
	holder, err := c.names.Stranger(ctx, planned.NamedInstance, want.Name, moref)
	if err != nil || holder == "" {
		return err
	}
	vim, err := c.wire.Vim(ctx)
	if err != nil {
		return err
	}
	taken := c.taken(ctx, vim, &Request{ID: id, ServerSpec: want})
	var exists *ExistsError
	if errors.As(taken, &exists) {
		exists.Planned = true
	}
	return openstack.AttributeErrorf("name", "%w\n\n%s", taken, catalogue.WayOut)
}
