// SPDX-License-Identifier: MPL-2.0

package server

import (
	"github.com/hashicorp/terraform-plugin-framework/tfsdk"
	"github.com/hashicorp/terraform-plugin-go/tfprotov6"
	"github.com/hashicorp/terraform-plugin-go/tftypes"

	"github.com/terraform-provider-novasphere/terraform-provider-novasphere/internal/crud"
)

// identity decodes the identity that Terraform sent: a null one for none, and nil where the resource has none at all.
func (k *kind) identity(sent *tfprotov6.ResourceIdentityData) (*tfsdk.ResourceIdentity, error) {
	if !k.identified {
		return nil, nil
	}
	out := &tfsdk.ResourceIdentity{Raw: tftypes.NewValue(crud.IdentityType, nil), Schema: crud.IdentitySchema()}
	if sent == nil || sent.IdentityData == nil {
		return out, nil
	}
	var err error
	out.Raw, err = sent.IdentityData.Unmarshal(crud.IdentityType)
	return out, err
}

// encodeIdentity encodes an identity for Terraform. An unchanged one goes back in the bytes in which it came.
func encodeIdentity(now, was tftypes.Value, sent *tfprotov6.ResourceIdentityData) (*tfprotov6.ResourceIdentityData, error) {
	if sent != nil && now.Equal(was) {
		return sent, nil
	}
	data, err := tfprotov6.NewDynamicValue(crud.IdentityType, now)
	return &tfprotov6.ResourceIdentityData{IdentityData: &data}, err
}
