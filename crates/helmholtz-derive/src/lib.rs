//! The derive of `helmholtz_nn::Module`.
//!
//! A module visits all of its fields, so that no parameter is forgotten; a field that has none and is no module, such
//! as settings, is marked `#[module(skip)]`. An enum visits what its variant holds. The derived code names the crate
//! `helmholtz_nn`: whoever has it under another path brings it into scope, `use helmholtz::nn as helmholtz_nn;`.

use proc_macro::TokenStream;
use proc_macro2::TokenStream as Tokens;
use quote::quote;
use syn::{
    Data, DataEnum, DataStruct, DeriveInput, Error, Field, Fields, Ident, parse_macro_input,
};

/// Derives `Module` for a structure with named fields, or an enum whose variants hold one module each.
#[proc_macro_derive(Module, attributes(module))]
pub fn module(input: TokenStream) -> TokenStream {
    let input = parse_macro_input!(input as DeriveInput);
    let derived = derive(&input).unwrap_or_else(Error::into_compile_error);
    derived.into()
}

fn derive(input: &DeriveInput) -> Result<Tokens, Error> {
    let (visit, map) = match &input.data {
        Data::Struct(data) => of_struct(data)?,
        Data::Enum(data) => of_enum(data)?,
        Data::Union(_) => return Err(Error::new_spanned(input, "a union is no module")),
    };
    let name = &input.ident;
    let mut generics = input.generics.clone();
    for parameter in generics.type_params_mut() {
        let bound = syn::parse_quote!(helmholtz_nn::Module);
        parameter.bounds.push(bound);
    }
    let (of_impl, of_type, bounds) = generics.split_for_impl();
    Ok(quote! {
        impl #of_impl helmholtz_nn::Module for #name #of_type #bounds {
            fn visit<V: helmholtz_nn::Visitor>(&self, visitor: &mut V) {
                #visit
            }

            fn map<M: helmholtz_nn::Mapper>(mut self, mapper: &mut M) -> Self {
                #map
                self
            }
        }
    })
}

/// The bodies of both methods: field by field, under the field's name.
fn of_struct(data: &DataStruct) -> Result<(Tokens, Tokens), Error> {
    let Fields::Named(fields) = &data.fields else {
        let reason = "a module has named fields: its parameters are called after them";
        return Err(Error::new_spanned(&data.fields, reason));
    };
    let mut names = vec![];
    for field in &fields.named {
        if !skipped(field)? {
            names.extend(&field.ident);
        }
    }
    let visit = names.iter().map(|field| {
        let name = field.to_string();
        quote! {
            helmholtz_nn::Visitor::enter(visitor, #name);
            helmholtz_nn::Module::visit(&self.#field, visitor);
            helmholtz_nn::Visitor::exit(visitor);
        }
    });
    let map = names.iter().map(|field| {
        let name = field.to_string();
        quote! {
            helmholtz_nn::Mapper::enter(mapper, #name);
            self.#field = helmholtz_nn::Module::map(self.#field, mapper);
            helmholtz_nn::Mapper::exit(mapper);
        }
    });
    Ok((quote!(#(#visit)*), quote!(#(#map)*)))
}

/// The same for an enum: under the variant's name.
fn of_enum(data: &DataEnum) -> Result<(Tokens, Tokens), Error> {
    let mut variants = vec![];
    for variant in &data.variants {
        match &variant.fields {
            Fields::Unnamed(fields) if fields.unnamed.len() == 1 => variants.push(&variant.ident),
            other => {
                let reason = "a variant of a module holds one module";
                return Err(Error::new_spanned(other, reason));
            }
        }
    }
    let visit = variants.iter().map(|variant| visit_variant(variant));
    let map = variants.iter().map(|variant| map_variant(variant));
    Ok((
        quote!(match self { #(#visit)* }),
        quote!(self = match self { #(#map)* };),
    ))
}

fn visit_variant(variant: &Ident) -> Tokens {
    let name = variant.to_string();
    quote! {
        Self::#variant(module) => {
            helmholtz_nn::Visitor::enter(visitor, #name);
            helmholtz_nn::Module::visit(module, visitor);
            helmholtz_nn::Visitor::exit(visitor);
        }
    }
}

fn map_variant(variant: &Ident) -> Tokens {
    let name = variant.to_string();
    quote! {
        Self::#variant(module) => {
            helmholtz_nn::Mapper::enter(mapper, #name);
            let module = helmholtz_nn::Module::map(module, mapper);
            helmholtz_nn::Mapper::exit(mapper);
            Self::#variant(module)
        }
    }
}

/// Whether a field is marked `#[module(skip)]`.
fn skipped(field: &Field) -> Result<bool, Error> {
    let mut skip = false;
    for attribute in field.attrs.iter().filter(|a| a.path().is_ident("module")) {
        attribute.parse_nested_meta(|meta| {
            skip = meta.path.is_ident("skip");
            match skip {
                true => Ok(()),
                false => Err(meta.error("the one word that is known here is `skip`")),
            }
        })?;
    }
    Ok(skip)
}
