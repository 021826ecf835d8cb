//! The derive of `helmholtz_nn::Module`.
//!
//! A module visits all of its fields, so that no parameter is forgotten; a field that has none and is no module, such
//! as settings, is marked `#[module(skip)]`; the parameters of one that is marked `#[module(flatten)]` are named as if
//! they stood in its place. An enum visits what its variant holds. The derived code names the crate
//! `helmholtz_nn`: whoever has it under another path brings it into scope, `use helmholtz::nn as helmholtz_nn;`.

use proc_macro::TokenStream;
use proc_macro2::{TokenStream as Tokens, TokenTree};
use quote::quote;
use syn::{
    Data, DataEnum, DataStruct, DeriveInput, Error, Field, Fields, Ident, Type, parse_macro_input,
};

/// Derives `Module` for a structure with named fields, or an enum whose variants hold one module each.
#[proc_macro_derive(Module, attributes(module))]
pub fn module(input: TokenStream) -> TokenStream {
    let input = parse_macro_input!(input as DeriveInput);
    let derived = derive(&input).unwrap_or_else(Error::into_compile_error);
    derived.into()
}

fn derive(input: &DeriveInput) -> Result<Tokens, Error> {
    let ((visit, map), fields): (_, Vec<&Field>) = match &input.data {
        Data::Struct(data) => (of_struct(data)?, data.fields.iter().collect()),
        Data::Enum(data) => {
            let fields = data.variants.iter().flat_map(|v| &v.fields);
            (of_enum(data)?, fields.collect())
        }
        Data::Union(_) => return Err(Error::new_spanned(input, "a union is no module")),
    };
    let name = &input.ident;
    let mut generics = input.generics.clone();
    let parameters: Vec<Ident> = generics.type_params().map(|p| p.ident.clone()).collect();
    for of in visited(fields)?.into_iter().map(|field| &field.ty) {
        if mentions(of, &parameters) {
            let bound = syn::parse_quote!(#of: helmholtz_nn::Module);
            generics.make_where_clause().predicates.push(bound);
        }
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

/// The fields that are visited.
fn visited<'a>(all: impl IntoIterator<Item = &'a Field>) -> Result<Vec<&'a Field>, Error> {
    let mut visited = vec![];
    for field in all {
        if marked(field)? != Some(Mark::Skip) {
            visited.push(field);
        }
    }
    Ok(visited)
}

/// Whether a type has one of some names in it.
fn mentions(of: &Type, names: &[Ident]) -> bool {
    fn within(tokens: Tokens, names: &[Ident]) -> bool {
        tokens.into_iter().any(|token| match token {
            TokenTree::Ident(ident) => names.contains(&ident),
            TokenTree::Group(group) => within(group.stream(), names),
            _ => false,
        })
    }
    within(quote!(#of), names)
}

/// The bodies of both methods: field by field, under the field's name.
fn of_struct(data: &DataStruct) -> Result<(Tokens, Tokens), Error> {
    let Fields::Named(fields) = &data.fields else {
        let reason = "a module has named fields: its parameters are called after them";
        return Err(Error::new_spanned(&data.fields, reason));
    };
    let (mut visits, mut maps) = (vec![], vec![]);
    for field in visited(&fields.named)? {
        let ident = &field.ident;
        let visit = quote!(helmholtz_nn::Module::visit(&self.#ident, visitor););
        let map = quote!(self.#ident = helmholtz_nn::Module::map(self.#ident, mapper););
        let flat = marked(field)? == Some(Mark::Flatten);
        let name = ident.as_ref().filter(|_| !flat).map(Ident::to_string);
        visits.push(below(name.as_deref(), visitor(), &visit));
        maps.push(below(name.as_deref(), mapper(), &map));
    }
    Ok((quote!(#(#visits)*), quote!(#(#maps)*)))
}

/// A trait and the variable that has it.
type Who = (Tokens, Tokens);

fn visitor() -> Who {
    (quote!(helmholtz_nn::Visitor), quote!(visitor))
}

fn mapper() -> Who {
    (quote!(helmholtz_nn::Mapper), quote!(mapper))
}

/// What is done with a field, below its name where it has one.
fn below(name: Option<&str>, (of, who): Who, body: &Tokens) -> Tokens {
    let Some(name) = name else {
        return body.clone();
    };
    quote! {
        #of::enter(#who, #name);
        #body
        #of::exit(#who);
    }
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
    let visit = quote!(helmholtz_nn::Module::visit(module, visitor););
    let visit = below(Some(&name), visitor(), &visit);
    quote!(Self::#variant(module) => { #visit })
}

fn map_variant(variant: &Ident) -> Tokens {
    let name = variant.to_string();
    let map = quote!(let module = helmholtz_nn::Module::map(module, mapper););
    let map = below(Some(&name), mapper(), &map);
    quote! {
        Self::#variant(module) => {
            #map
            Self::#variant(module)
        }
    }
}

/// What a field is marked by, `#[module(...)]`.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Mark {
    /// It has no parameters and is no module.
    Skip,
    /// Its parameters are named as if they stood here.
    Flatten,
}

fn marked(field: &Field) -> Result<Option<Mark>, Error> {
    let mut mark = None;
    for attribute in field.attrs.iter().filter(|a| a.path().is_ident("module")) {
        attribute.parse_nested_meta(|meta| {
            mark = match &meta.path {
                path if path.is_ident("skip") => Some(Mark::Skip),
                path if path.is_ident("flatten") => Some(Mark::Flatten),
                _ => return Err(meta.error("the words that are known here are `skip` and `flatten`")),
            };
            Ok(())
        })?;
    }
    Ok(mark)
}
