J%% comment
{application,'Elixir.quoted',
 [{vsn,"1.0.0-rc.1"}]}.
