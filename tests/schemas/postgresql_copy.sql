--
-- PostgreSQL database dump: a small file as pg_dump writes it since August 2025, with COPY, \restrict, INSERT, owners and grants
--

\restrict 9aXb3kQpLw0ZtVnR5cYdEuJfHsGmTiOo1q2w3e4r5t6y7u8i9o0pAsDfGhJkLzX

SET statement_timeout = 0;
SET lock_timeout = 0;
SET client_encoding = 'UTF8';
SET standard_conforming_strings = on;
SELECT pg_catalog.set_config('search_path', '', false);
SET check_function_bodies = false;
SET client_min_messages = warning;
SET row_security = off;

--
-- Name: pet_kind; Type: TYPE; Schema: public; Owner: postgres
--

CREATE TYPE public.pet_kind AS ENUM (
    'cat',
    'guinea pig'
);


ALTER TYPE public.pet_kind OWNER TO postgres;

--
-- Name: count_pet(); Type: FUNCTION; Schema: public; Owner: postgres
--

CREATE FUNCTION public.count_pet() RETURNS trigger
    LANGUAGE plpgsql
    AS $$
BEGIN
    UPDATE public.owner SET pets = pets + 1 WHERE owner_no = NEW.owner_no;
    RETURN NEW;
END;
$$;


ALTER FUNCTION public.count_pet() OWNER TO postgres;

SET default_tablespace = '';

SET default_table_access_method = heap;

--
-- Name: owner; Type: TABLE; Schema: public; Owner: postgres
--

CREATE TABLE public.owner (
    owner_no integer NOT NULL,
    name text NOT NULL,
    pets integer DEFAULT 0 NOT NULL
);


ALTER TABLE public.owner OWNER TO postgres;

--
-- Name: COLUMN owner.name; Type: COMMENT; Schema: public; Owner: postgres
--

COMMENT ON COLUMN public.owner.name IS 'Some; "names" are 50% wrong: \. is not the end, it''s here
\connect is none';


--
-- Name: pet; Type: TABLE; Schema: public; Owner: postgres
--

CREATE TABLE public.pet (
    pet_id integer NOT NULL,
    name text DEFAULT 'COPY x FROM stdin;'::text NOT NULL,
    kind public.pet_kind DEFAULT 'cat'::public.pet_kind NOT NULL,
    owner_no integer NOT NULL,
    about text
);


ALTER TABLE public.pet OWNER TO postgres;

CREATE SEQUENCE public.pet_pet_id_seq
    AS integer
    START WITH 1
    INCREMENT BY 1
    NO MINVALUE
    NO MAXVALUE
    CACHE 1;


ALTER SEQUENCE public.pet_pet_id_seq OWNED BY public.pet.pet_id;

ALTER TABLE ONLY public.pet ALTER COLUMN pet_id SET DEFAULT nextval('public.pet_pet_id_seq'::regclass);

--
-- Data for Name: owner; Type: TABLE DATA; Schema: public; Owner: postgres
--

COPY public.owner (owner_no, name, pets) FROM stdin;
1	O'Hara; and "sons"	1
2	50% \\ Söhne	1
3	-- no comment /* nor this	0
\.


--
-- Data for Name: pet; Type: TABLE DATA; Schema: public; Owner: postgres
--

COPY public.pet (pet_id, name, kind, owner_no, about) FROM stdin;
1	Rex	cat	1	first line\nsecond line; $$ not a body
2	\\.	guinea pig	2	\N
\.

INSERT INTO public.owner VALUES (4, 'Ann; it''s $1 and %s', 0);
INSERT INTO public.owner (owner_no, name) VALUES (5, E'a\\b'), (6, 'a\b');

SELECT pg_catalog.setval('public.pet_pet_id_seq', 2, true);

ALTER TABLE ONLY public.owner
    ADD CONSTRAINT owner_pkey PRIMARY KEY (owner_no);

ALTER TABLE ONLY public.pet
    ADD CONSTRAINT pet_pkey PRIMARY KEY (pet_id);

CREATE INDEX pet_owner ON public.pet USING btree (owner_no);

CREATE TRIGGER pet_counted AFTER INSERT ON public.pet FOR EACH ROW EXECUTE FUNCTION public.count_pet();

ALTER TABLE ONLY public.pet
    ADD CONSTRAINT pet_owner_no_fkey FOREIGN KEY (owner_no) REFERENCES public.owner(owner_no) ON DELETE CASCADE;

REVOKE USAGE ON SCHEMA public FROM PUBLIC;
GRANT ALL ON SCHEMA public TO PUBLIC;
GRANT SELECT ON TABLE public.owner TO PUBLIC;

--
-- PostgreSQL database dump complete
--

\unrestrict 9aXb3kQpLw0ZtVnR5cYdEuJfHsGmTiOo1q2w3e4r5t6y7u8i9o0pAsDfGhJkLzX
