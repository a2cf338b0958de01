// SPDX-License-Identifier: MPL-2.0

package recorded

import (
	"context"
	"errors"
	"fmt"

	"github.com/terraform-provider-novasphere/terraform-provider-novasphere/internal/openstack"
	"github.com/terraform-provider-novasphere/terraform-provider-novasphere/internal/vcenter/records"
)

// Catalogued reads a record of the catalogue that is known to exist.
func Catalogued[T any](ctx context.Context, b *Backend, kind, noun, id string) (out T, err error) {
	all, err := b.c.Records.Catalogue.View(ctx)
	if err != nil {
		return out, records.Known(noun, id, err)
	}
	return out, all.Get(kind, id, &out)
}

// AllCatalogued returns the records of a kind that the catalogue has.
func AllCatalogued[T any](ctx context.Context, b *Backend, kind string) ([]T, error) {
	all, err := b.c.Records.Catalogue.View(ctx)
	if errors.Is(err, records.ErrNoStore) {
		return nil, nil
	}
	if err != nil {
		return nil, err
	}
	return records.All[T](all, kind)
}

// Makes notes that this process is making an object, so that LeftBehind never takes it for a left one.
func (b *Backend) Makes(id string) { b.made.Store(id, true) }

// LeftBehind reports whether a record may be one that a killed process of the same user has left: this process did not make it.
func (b *Backend) LeftBehind(id string, mark, own *openstack.Mark) bool {
	_, ours := b.made.Load(id)
	return !ours && mark != nil && mark.By == own.By
}

// leftError is the error that an equal object is recorded already, and nothing uses it.
func leftError(field, what, name, id, unused, resource string, mark *openstack.Mark) error {
	if name != "" {
		what += fmt.Sprintf(" %q", name)
	}
	return openstack.AttributeErrorf(field, "%s of all the same is recorded already (%s%s), and %s: change something, its name for "+
		"example, if another one is meant. %s", what, id, mark.Clause(), unused, openstack.ImportHint(resource, id))
}
