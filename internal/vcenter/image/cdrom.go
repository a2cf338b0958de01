// SPDX-License-Identifier: MPL-2.0

package image

import (
	"context"
	"errors"
	"fmt"
	"net/url"
	"path"
	"strings"

	"github.com/vmware/govmomi/vapi/library"
	"github.com/vmware/govmomi/vim25/methods"
	"github.com/vmware/govmomi/vim25/mo"
	"github.com/vmware/govmomi/vim25/types"

	"github.com/terraform-provider-novasphere/terraform-provider-novasphere/internal/vcenter/faults"
	"github.com/terraform-provider-novasphere/terraform-provider-novasphere/internal/vcenter/wire"
	"github.com/terraform-provider-novasphere/terraform-provider-novasphere/internal/vmspec/hardware"
)

// CDROM finds the file of an image whose format is ISO: that in the template's drive, or that which a content library keeps.
func (c *Images) CDROM(ctx context.Context, t Template) (hardware.ISO, error) {
	if t.Config == nil {
		return c.storedISO(ctx, t)
	}
	if iso := hardware.Inserted(t.Config.Hardware.Device); iso.File != "" {
		return iso, nil
	}
	return hardware.ISO{}, fmt.Errorf("the template of the image %s (%s) has no ISO file in its CD-ROM drive any more: insert it again, or "+
		"make "+
		"the image anew", t.Name, t.Path)
}

// errNoISO is about an item of a content library whose ISO file no machine could have in its drive.
var errNoISO = errors.New("no ISO file on a datastore")

// noISOError is errNoISO with a text of its own.
type noISOError struct{ error }

// Is reports whether errNoISO is meant.
func (noISOError) Is(other error) bool { return other == errNoISO }

// storedISO finds the file of an item where its library keeps it.
func (c *Images) storedISO(ctx context.Context, t Template) (hardware.ISO, error) {
	api, err := c.wire.API(ctx)
	if err != nil {
		return hardware.ISO{}, err
	}
	files, err := library.NewManager(api).ListLibraryItemStorage(ctx, t.ID)
	if err != nil {
		return hardware.ISO{}, fmt.Errorf("looking where the content library keeps %s failed: %w", t.Path,
			faults.WithoutRequest(faults.BareRefusal(err)))
	}
	for _, f := range files {
		switch {
		case !strings.EqualFold(path.Ext(f.Name), ".iso"):
			continue
		case f.StorageBacking.DatastoreID == "" || len(f.StorageURIs) == 0:
			return hardware.ISO{}, noISOError{fmt.Errorf("the content library keeps the file %s of %s on no datastore, and a machine's CD-ROM "+
				"drive reads only from one: copy the item to a library on a datastore", f.Name, t.Path)}
		case !f.Cached:
			return hardware.ISO{}, noISOError{fmt.Errorf("the file %s of %s is not in this vCenter yet: synchronize the item of its subscribed "+
				"library, then apply again", f.Name, t.Path)}
		}
		return c.onDatastore(ctx, ref{Type: "Datastore", Value: f.StorageBacking.DatastoreID}, f.StorageURIs[0])
	}
	return hardware.ISO{}, noISOError{fmt.Errorf("the content library item %s has no ISO file: choose another image", t.Path)}
}

// onDatastore turns the URI of a file into a path on its datastore. On a datastore of objects, such as vSAN, folders at the top have
// another name below.
func (c *Images) onDatastore(ctx context.Context, store ref, uri string) (hardware.ISO, error) {
	act := "looking for the datastore of " + uri
	found, err := wire.Read[mo.Datastore](ctx, c.wire, store,
		[]string{"name", "summary.url", "capability.topLevelDirectoryCreateSupported"})
	if err != nil {
		return hardware.ISO{}, faults.Explain(act, err)
	}
	u, err := url.Parse(uri)
	if err != nil {
		return hardware.ISO{}, fmt.Errorf("the content library says that its file is at %q, which is no URI", uri)
	}
	u.RawQuery, u.Path = "", path.Clean(u.Path)
	at := u.String()
	if direct := found.Capability.TopLevelDirectoryCreateSupported; direct != nil && !*direct {
		if at, err = c.realPath(ctx, at); err != nil {
			return hardware.ISO{}, faults.Explain(act, err)
		}
	}
	at = strings.TrimPrefix(strings.TrimPrefix(at, found.Summary.Url), "/")
	return hardware.ISO{File: "[" + found.Name + "] " + at, Store: store}, nil
}

// realPath asks for the path below of a file whose folder at the top has another name there.
func (c *Images) realPath(ctx context.Context, uri string) (string, error) {
	vim, err := c.wire.Vim(ctx)
	if err != nil {
		return "", err
	}
	dc, err := c.inventory.Places.Datacenter(ctx)
	if err != nil {
		return "", err
	}
	res, err := methods.ConvertNamespacePathToUuidPath(ctx, vim, &types.ConvertNamespacePathToUuidPath{
		This: *vim.ServiceContent.DatastoreNamespaceManager, Datacenter: &dc.Self, NamespaceUrl: uri})
	if err != nil {
		return "", err
	}
	return res.Returnval, nil
}
